from services.cli.bench.writes.relay_rate import WARM_UP, in_rounds

BEGAN = 1_000.0


def test_commands_are_in_the_round_of_their_answer_and_those_of_the_warm_up_in_none() -> None:
    moments = {"cold": 0.0, "still cold": 2.9, "first": 3.1, "second": 5.5, "third": 7.9, "after the end": 9.1}
    assert WARM_UP == 3
    answered = {event: BEGAN + moment for event, moment in moments.items()}
    arrived = {event: moment + number for number, (event, moment) in enumerate(answered.items())}
    assert in_rounds(answered, arrived, 2.0) == [[2.0], [3.0], [4.0, 5.0]]
