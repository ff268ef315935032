"""The whole list item, detail and export of a ticket after each event, and the event in the feed."""

from dataclasses import replace
from typing import Any

import pytest

from shared.contract import DetailedTicketView, ExportedTicket, TicketQueryView, dump, parse_event
from tests.contract.shapes import EVENTS
from tests.unit.services.projector.folds.rows_of_closings import CLOSINGS
from tests.unit.services.projector.folds.rows_of_notes import NOTES
from tests.unit.services.projector.folds.rows_of_steps import STEPS
from tests.unit.services.projector.folds.whole_views import Told, expected, shown, story, utc

ROWS = {**NOTES, **STEPS, **CLOSINGS}
FOLLOWING = [name for name in ROWS if name != "TicketOpened"]
ARCHIVED = "2016-08-30T00:00:00.000Z"
ARCHIVING: Told = ("TicketArchived", {"closingDate": "2016-08-30T02:00:00.000+02:00"})


def describe(name: str, *before: Told) -> list[bytes]:
    """Return the events of a row, with some further events before its own."""
    own = [(name, ROWS[name].said)] if name != "TicketOpened" else []
    return story(*ROWS[name].after, *before, *own)


def test_every_event_of_the_contract_has_its_row() -> None:
    assert sorted(ROWS) == sorted(EVENTS)
    assert len(ROWS) == len(NOTES) + len(STEPS) + len(CLOSINGS) == 31


def test_the_rows_are_grouped_by_the_contracts_state_and_status() -> None:
    bearing = {name: EVENTS[name]["state"] for name in EVENTS if name != "TicketOpened"}
    assert {name for name, state in bearing.items() if state["status"] == "CLOSED"} == CLOSINGS.keys()
    assert {name for name, state in bearing.items() if state["value"] is None} == NOTES.keys() - {"TicketOpened"}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_everything_that_its_event_may_say(name: str) -> None:
    assert ROWS[name].said.keys() | {"processUid", "aggregateUid", "operator", "sentDate", "eventType"} == (
        EVENTS[name]["fields"].keys()
    )


@pytest.mark.parametrize("name", ROWS)
def test_an_event_makes_the_views_of_its_row(name: str) -> None:
    bodies = describe(name)
    item, detail, export, feed = shown(bodies)
    assert (item, detail, export) == expected(ROWS[name])
    assert feed == bodies
    assert [dump(parse_event(body)) for body in bodies] == bodies


@pytest.mark.parametrize("name", FOLLOWING)
def test_on_a_closed_ticket_all_but_state_status_and_closing_is_the_same(name: str) -> None:
    row, moved = ROWS[name], EVENTS[name]["state"]["status"]
    event_date = next(date for lines in row.journal.values() for event, date, _ in lines if event == name)
    first_closing = {"TicketReopened": None, "TicketInformationsCorrected": utc("18:50")}.get(name, ARCHIVED)
    reaction = row.detail.get("callCenterReactionTime", 378_600_000)
    on_closed = replace(
        row,
        views=row.views
        | {
            "status": moved or "CLOSED",
            "state": {"value": name, "date": event_date} if moved else {"value": "TicketArchived", "date": ARCHIVED},
            "updated": ARCHIVED,
            "closed": first_closing,
        },
        detail=row.detail | {"callCenterReactionTime": reaction},
        journal=row.journal | {"2016-08-30": [("TicketArchived", ARCHIVED, {})]},
    )
    assert shown(describe(name, ARCHIVING))[:3] == expected(on_closed)


@pytest.mark.parametrize("name", ROWS)
def test_what_an_event_does_not_say_is_shown_nowhere(name: str) -> None:
    optional = {field for field, entry in EVENTS[name]["fields"].items() if not entry["required"]}
    scarce = {field: value for field, value in ROWS[name].said.items() if field not in optional}
    nulls = scarce | dict.fromkeys(optional)
    without, with_nulls = (
        shown(story(opening=said) if name == "TicketOpened" else story(*ROWS[name].after, (name, said)))
        for said in (scarce, nulls)
    )
    assert with_nulls[:3] == without[:3]
    assert not any(holds_null(view) for view in without[:3])
    TicketQueryView.model_validate(without.item)
    DetailedTicketView.model_validate(without.detail)
    ExportedTicket.model_validate(without.export)


def holds_null(view: Any) -> bool:
    """Return whether a JSON value contains a null."""
    inside = view.values() if isinstance(view, dict) else view if isinstance(view, list) else ()
    return view is None or any(map(holds_null, inside))


@pytest.mark.parametrize("name", sorted(CLOSINGS.keys() & {n for n in EVENTS if "report" in EVENTS[n]["fields"]}))
def test_a_closing_without_report_provider_or_nature_shows_none(name: str) -> None:
    row = ROWS[name]
    bare = replace(
        row,
        said={field: row.said[field] for field in ("stillOnSite", "closingDate")},
        views={field: value for field, value in row.views.items() if field != "provider"},
        detail={field: value for field, value in row.detail.items() if field != "report"},
        journal={day: [(event, date, {}) for event, date, _ in lines] for day, lines in row.journal.items()},
    )
    assert shown(story((name, bare.said)))[:3] == expected(bare)
