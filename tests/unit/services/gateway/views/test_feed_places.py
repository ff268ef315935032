"""The order of a stream: its portions have every event once, and end between instants if they can."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from services.gateway.views.feed_places import BEHIND, INSTANT, Place, behind, parts_behind, place_of, taken
from shared.read_model.index_names import DATED

LAST = 60


def at(millisecond: int) -> datetime:
    return datetime(2016, 5, 26, 8, tzinfo=UTC) + timedelta(milliseconds=millisecond)


def event(ticket: str, version: int, sent: int, late: int | None = None, size: int = 10) -> dict[str, Any]:
    second = {} if late is None else {"late": at(late)}
    return {"ticket": ticket, "version": version, "sent": at(sent), "size": size} | second


def size(one: Any) -> int:
    return int(one["size"])


def portion(events: list[dict[str, Any]], after: Place, *, count: int, most: int) -> tuple[list[dict[str, Any]], Place]:
    """Take a portion as the gateway does: of the next events in each index, as many as a portion may have and one."""
    found = []
    for part in parts_behind(after, at(LAST)):
        by = "late" if part.index_name == DATED else "sent"
        keys = ("late", "sent", "ticket", "version") if by == "late" else ("sent", "ticket", "version")
        own = [one for one in events if (by == "late") == ("late" in one) and fits(one[by], part.filter[by])]
        own.sort(key=lambda one: tuple(one[key] for key in keys))
        least = tuple(value for _, value in part.least)
        found += [one for one in own if not least or tuple(one[key] for key in keys) >= least][: count + 1]
    found.sort(key=place_of)
    number, end = taken(found, at(LAST), count=count, size=most, length=size)
    return found[:number], end


def fits(date: datetime, span: dict[str, datetime]) -> bool:
    return (span.get("$gt") is None or date > span["$gt"]) and date >= span.get("$gte", date) and date <= span["$lte"]


@pytest.mark.parametrize("seed", range(30))
def test_portions_have_every_event_once_in_order(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same events in every run
    events = [
        event(chance.choice("abc"), number, sent := chance.randrange(LAST), chance.choice([None, None, sent + 5, LAST]))
        for number in range(60)
    ]
    within = [one for one in events if place_of(one) <= behind(at(LAST))]
    place, had_all = behind(at(-1)), list[dict[str, Any]]()
    while place < behind(at(LAST)):
        had, after = portion(events, place, count=4, most=35)
        assert after > place
        assert all(place < place_of(one) <= after for one in had)
        place, had_all = after, had_all + had
    assert had_all == sorted(within, key=place_of)


def test_a_portion_ends_behind_an_instant() -> None:
    found = [event("a", 1, 1), event("b", 1, 2), event("c", 1, 2), event("d", 1, 3)]
    assert taken(found, at(9), count=2, size=99, length=size) == (1, behind(at(1)))
    assert taken(found, at(9), count=3, size=99, length=size) == (3, behind(at(2)))
    assert taken(found, at(9), count=4, size=99, length=size) == (4, behind(at(9)))


def test_a_portion_between_two_instants_ends_just_before_the_second() -> None:
    found = [event("a", 1, 1), event("b", 1, 7)]
    assert taken(found, at(9), count=1, size=99, length=size) == (1, behind(at(7) - INSTANT))


def test_a_portion_ends_within_an_instant_that_is_too_large() -> None:
    found = [event("a", 1, 2), event("b", 1, 2), event("c", 1, 2)]
    number, end = taken(found, at(9), count=2, size=99, length=size)
    assert (number, end, end.complete) == (2, place_of(found[1]), None)


def test_a_portion_has_a_number_of_bytes_or_one_longer_event() -> None:
    found = [event("a", 1, 1, size=50), event("b", 1, 2), event("c", 1, 3)]
    assert taken(found, at(9), count=9, size=20, length=size) == (1, behind(at(1)))
    assert taken(found[1:], at(9), count=9, size=20, length=size) == (2, behind(at(9)))
    assert taken([], at(9), count=9, size=20, length=size) == (0, behind(at(9)))


def test_late_events_of_an_instant_come_before_those_sent_then() -> None:
    sent, late = event("a", 1, 5), event("b", 7, 1, late=5)
    assert place_of(late) < place_of(sent) < behind(at(5)) < place_of(event("a", 1, 6))
    assert behind(at(5)) == Place(at(5), BEHIND)
    assert behind(at(5)).complete == at(5)
