"""The table of event facts agrees with the contract's tables."""

import pytest

from shared.contract import ELIGIBLE_FOR_TEXT_CORRECTION, EVENT_FACTS, EventFacts
from tests.contract.shapes import COMMANDS, ERRORS, EVENTS


def test_the_facts_cover_the_events_in_their_order() -> None:
    assert list(EVENT_FACTS) == list(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_the_facts_of_an_event_are_those_of_the_tables(name: str) -> None:
    event = EVENTS[name]
    assert EVENT_FACTS[name] == EventFacts(
        command=event["from_command"],
        date=event["business_date"],
        state=event["state"]["value"],
        status=event["state"]["status"],
        listed=event["journal"]["listed"],
    )


@pytest.mark.parametrize("name", EVENTS)
def test_the_facts_of_an_event_fit_its_command(name: str) -> None:
    facts = EVENT_FACTS[name]
    command = COMMANDS[facts.command]
    assert command["produces"] == [name]
    assert command["business_date"] == facts.date
    assert command["closes_ticket"] == (facts.status == "CLOSED")


def test_the_eligible_texts_are_those_of_the_table_and_fields_of_their_events() -> None:
    assert ERRORS["eligible_for_text_correction"] == ELIGIBLE_FOR_TEXT_CORRECTION
    assert all(field in EVENTS[event]["fields"] for event, field in ELIGIBLE_FOR_TEXT_CORRECTION.items())
