"""The tables of events and commands have a row for each, and agree with the contract's tables."""

from typing import Any, get_args

import pytest

from shared.contract import ELIGIBLE_FOR_TEXT_CORRECTION, EVENT_CLASSES, EVENT_FACTS, CommandType, EventFacts, EventType
from shared.contract.type_names import for_every_command, for_every_event
from tests.contract.shapes import COMMANDS, ERRORS, EVENTS


def test_the_facts_cover_the_events_in_their_order() -> None:
    assert list(EVENT_FACTS) == list(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_the_facts_of_an_event_are_those_of_the_tables(name: EventType) -> None:
    event = EVENTS[name]
    assert EVENT_FACTS[name] == EventFacts(
        command=event["from_command"],
        date=event["business_date"],
        status=event["state"]["status"],
    )


@pytest.mark.parametrize("name", EVENTS)
def test_the_facts_of_an_event_fit_its_command(name: EventType) -> None:
    facts = EVENT_FACTS[name]
    command = COMMANDS[facts.command]
    assert command["produces"] == [name]
    assert command["business_date"] == facts.date
    assert command["closes_ticket"] == (facts.status == "CLOSED")


def test_the_events_with_a_text_to_correct_are_those_of_the_table() -> None:
    assert set(ERRORS["eligible_for_text_correction"]) == ELIGIBLE_FOR_TEXT_CORRECTION


def test_the_names_of_events_and_commands_are_those_of_the_tables_in_their_order() -> None:
    assert list(get_args(EventType)) == list(EVENTS)
    assert set(get_args(CommandType)) == set(COMMANDS)
    assert {name: event.__name__ for name, event in EVENT_CLASSES.items()} == {name: name for name in EVENTS}


def test_a_table_with_a_row_for_every_event_is_accepted() -> None:
    assert for_every_event(EVENT_FACTS) is EVENT_FACTS


def test_a_table_of_events_without_a_row_is_refused_by_name() -> None:
    rows = dict(EVENT_FACTS)
    del rows["MessageAdded"]
    with pytest.raises(ValueError, match=r"missing for \['MessageAdded'\], rows are unknown: \[\]"):
        for_every_event(rows)


def test_a_table_of_events_with_a_misspelt_row_is_refused_by_name() -> None:
    rows: dict[Any, EventFacts] = dict(EVENT_FACTS)
    rows["MesageAdded"] = rows.pop("MessageAdded")
    with pytest.raises(ValueError, match=r"missing for \['MessageAdded'\], rows are unknown: \['MesageAdded'\]"):
        for_every_event(rows)


def test_a_table_of_commands_without_a_row_or_with_a_misspelt_one_is_refused_by_name() -> None:
    rows: dict[Any, int] = dict.fromkeys(COMMANDS, 1)
    assert for_every_command(rows) is rows
    del rows["CloseTicket"]
    with pytest.raises(ValueError, match=r"missing for \['CloseTicket'\], rows are unknown: \[\]"):
        for_every_command(rows)
    rows["ClozeTicket"] = 1
    with pytest.raises(ValueError, match=r"missing for \['CloseTicket'\], rows are unknown: \['ClozeTicket'\]"):
        for_every_command(rows)
