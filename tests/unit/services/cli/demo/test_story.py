from datetime import UTC, datetime, timedelta
from typing import cast

import orjson

from services.cli.demo.story import LASTED, STORY, Step, body
from shared.contract import EVENT_FACTS, EventFacts, EventType, dump, parse_increment, parse_open_ticket
from tests.contract.shapes import EVENTS

OPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)
UID = "0c53f4c1-7cbc-54f5-a1c0-ae8391f87165"


def facts_of(step: Step) -> EventFacts:
    return EVENT_FACTS[cast("EventType", step.outcome)]


def test_a_command_is_dated_from_the_opening() -> None:
    step = Step("AddMessage", "MessageAdded", {"message": "hello", "messageAddedDate": timedelta(minutes=5)})
    assert body(step, OPENED, UID) == {
        "commandType": "AddMessage",
        "processUid": UID,
        "message": "hello",
        "messageAddedDate": "2026-03-01T12:05:00.000Z",
    }


def test_every_command_is_one_of_the_contract() -> None:
    for step in STORY:
        if step.again:
            continue
        sent = orjson.dumps(body(step, OPENED, UID))
        read = parse_open_ticket(sent) if step.command == "OpenTicket" else parse_increment(sent)
        assert orjson.loads(dump(read)) == orjson.loads(sent), step.command


def test_it_leads_from_the_opening_to_the_closing_with_at_least_ten_different_commands() -> None:
    accepted = [step for step in STORY if not step.refused]
    assert len({step.command for step in accepted}) >= 10
    assert [facts_of(step).command for step in accepted] == [step.command for step in accepted]
    statuses = [status for step in accepted if (status := facts_of(step).status)]
    assert (statuses, accepted[-1].command) == (["OPENED", "CLOSED"], "CloseTicket")


def test_the_journal_lists_every_event_but_the_opening() -> None:
    listed = [EVENTS[step.outcome]["journal"]["listed"] for step in STORY if not step.refused]
    assert listed == [False] + [True] * (len(listed) - 1)


def test_the_story_is_in_order_and_ends_before_now() -> None:
    moments = [step.fields[date] for step in STORY if not step.refused and (date := facts_of(step).date) is not None]
    assert moments == sorted(moments)
    assert moments[-1] < LASTED


def test_the_story_has_one_refusal_by_state_and_one_for_a_repetition() -> None:
    refused = [(step.command, step.outcome, step.again) for step in STORY if step.refused]
    assert refused == [
        ("ScheduleMission", "ImpossibleToScheduleMissionIfNoProviderIsAssigned", False),
        ("AcceptMission", "CommandAlreadySent", True),
    ]
