"""The page of a ticket: its journal, its durations, its deadline."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from services.gateway.console.shown_ticket import (
    LONGEST_TEXT,
    MOST_ENTRIES,
    Bar,
    TimeAxis,
    deadlines_of,
    shown_ticket,
    time_axis,
)
from tests.support.data.contract_examples import example

OPENED = datetime(2026, 1, 1, 8, tzinfo=UTC)
HOUR = 3_600_000


def ticket(**fields: Any) -> dict[str, Any]:
    return example("view", "detail") | {"created": "2026-01-01T08:00:00.000Z", "status": "OPENED"} | fields


def measured(**durations: float) -> dict[str, Any]:
    plain = {name: value for name, value in ticket().items() if not name.endswith(("Time", "Duration"))}
    return plain | durations


def test_the_journal_keeps_its_days_and_only_its_newest_entries() -> None:
    entry = {"eventName": "MessageAdded", "date": "2026-01-01T08:00:00.000Z", "data": {"message": "m" * 200_000}}
    days = [{"day": "2026-01-01", "events": [entry] * 300}, {"day": "2026-01-02", "events": [entry] * 400}]
    shown = shown_ticket(json.dumps(ticket(journal=days)).encode())
    assert [(day["day"], len(day["entries"])) for day in shown["journal"]] == [("2026-01-01", 100), ("2026-01-02", 400)]
    assert (shown["left_out"], MOST_ENTRIES) == (200, 500)
    assert len(shown["journal"][0]["entries"][0]["message"]) == LONGEST_TEXT


def longest(value: Any) -> int:
    """Return the length of the longest text in `value`."""
    match value:
        case str():
            return len(value)
        case dict():
            return max(map(longest, value.values()), default=0)
        case list() | tuple():
            return max(map(longest, value), default=0)
        case _:
            return 0


def inflated(value: Any) -> Any:
    """Return `value` with all its texts longer, except dates and names of the platform's own."""
    match value:
        case str() if not value[:4].isdigit() and value not in ("OPENED", "CLOSED"):
            return value + "x" * 200_000
        case dict():
            return {name: inflated(one) for name, one in value.items()}
        case list():
            return [inflated(one) for one in value]
        case _:
            return value


def test_every_text_is_cut() -> None:
    shown = dict(shown_ticket(json.dumps(inflated(ticket())).encode()))
    del shown["additionalDataz"], shown["uid"], shown["status"], shown["state"]
    for day in shown["journal"]:
        for entry in day["entries"]:
            del entry["name"]
    assert longest(shown) == LONGEST_TEXT


def test_bars_begin_where_their_duration_begins() -> None:
    durations = {"callCenterReactionTime": HOUR, "interventionDuration": HOUR, "repairTime": 4 * HOUR}
    axis = time_axis(measured(**durations), {}, OPENED)
    assert axis.bars == [
        Bar("callCenterReactionTime", HOUR, 0, 250),
        Bar("interventionDuration", HOUR, 750, 250),
        Bar("repairTime", 4 * HOUR, 0, 1_000),
    ]


def test_a_deadline_is_missed_when_work_began_after_it_or_has_not_begun() -> None:
    deadline = {"deadline": OPENED + timedelta(hours=2)}

    def missed(now_hours: int, **fields: Any) -> bool:
        (shown,) = time_axis(measured() | fields, deadline, OPENED + timedelta(hours=now_hours)).deadlines
        return shown.missed

    assert not missed(1)
    assert missed(3)
    assert not missed(3, interventionResponseTime=HOUR)
    assert missed(1, interventionResponseTime=3 * HOUR)
    assert not missed(3, status="CLOSED")


def test_a_new_ticket_has_an_empty_axis() -> None:
    assert time_axis(measured(), {}, OPENED) == TimeAxis([], [])


def test_a_deadline_before_the_opening_has_a_place() -> None:
    axis = time_axis(measured(repairTime=HOUR), {"notice": OPENED - timedelta(hours=1)}, OPENED)
    assert [one.place for one in axis.deadlines] == [0]


def test_deadlines_are_those_of_the_export() -> None:
    notice = {"date": "2026-01-01T08:00:00.000Z", "deadline": "2026-01-02T08:00:00.000Z"}
    export = {"interventionDeadline": "2026-01-01T10:00:00.000Z", "formalNotice": notice}
    assert deadlines_of(json.dumps(export).encode()) == {
        "deadline": OPENED + timedelta(hours=2),
        "notice": OPENED + timedelta(days=1),
    }
    assert deadlines_of(b"{}") == {}
