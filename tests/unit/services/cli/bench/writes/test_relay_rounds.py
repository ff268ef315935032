from services.cli.bench.writes.relay_rate import RATE, WARM_UP, in_rounds


def test_the_first_seconds_count_in_no_round_and_the_rounds_are_equally_long() -> None:
    cold = [9.0] * round(RATE * WARM_UP)
    assert in_rounds([*cold, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert [len(one) for one in in_rounds([*cold, *[1.0] * 100])] == [33, 33, 34]
