import orjson
import pytest

from services.cli.demo.client import Answer
from services.cli.demo.demo_error import DemoError
from services.cli.demo.player import accepted_event, check_refusal, shows
from services.cli.demo.story import Step
from shared.contract import DetailedTicketView
from tests.support.data.contract_examples import example

ACCEPTED = Step("AcceptMission", "MissionAccepted")
REFUSED = Step("AcceptMission", "CommandAlreadySent", again=True)
EVENTS = {"events": [example("event", "MissionAccepted")]}
DETAIL = DetailedTicketView.model_validate_json(orjson.dumps(example("view", "detail")))


def answer(status: int, body: object) -> Answer:
    return Answer("PATCH /tickets", status, orjson.dumps(body))


def refusal(code: str) -> dict[str, str]:
    return {"errorType": code, "message": "It was so."}


def test_a_view_shows_the_opening_and_as_many_events_as_its_journal_has_entries() -> None:
    assert [shows(DETAIL, events) for events in (1, 4, 5, 6)] == [True, True, True, False]
    assert not shows(None, 1)


def test_the_event_of_an_accepted_command_is_given() -> None:
    assert accepted_event(ACCEPTED, answer(200, EVENTS)).eventType == "MissionAccepted"
    assert accepted_event(Step("OpenTicket", "MissionAccepted"), answer(201, EVENTS)).eventType == "MissionAccepted"


def test_a_refusal_with_the_code_of_the_step_is_what_it_should_be() -> None:
    check_refusal(REFUSED, answer(400, refusal("CommandAlreadySent")))


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (503, refusal("Unavailable"), "was answered with 503 (Unavailable: It was so), not with 200"),
        (401, "", "was answered with 401, not with 200"),
        (
            200,
            {"events": [example("event", "MessageAdded")]},
            "was answered with MessageAdded, not with MissionAccepted",
        ),
        (200, {}, "was answered with something that is not a TicketEventResultView"),
    ],
)
def test_another_outcome_than_the_event_is_said(status: int, body: object, reason: str) -> None:
    with pytest.raises(DemoError) as failed:
        accepted_event(ACCEPTED, answer(status, body))
    assert str(failed.value) == f"PATCH /tickets {reason}"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, EVENTS, "was answered with 200, not with 400"),
        (400, refusal("TicketGenericError"), "was refused with TicketGenericError, not with CommandAlreadySent"),
    ],
)
def test_another_outcome_than_the_refusal_is_said(status: int, body: object, reason: str) -> None:
    with pytest.raises(DemoError) as failed:
        check_refusal(REFUSED, answer(status, body))
    assert str(failed.value) == f"PATCH /tickets {reason}"
