"""The park that benchmarks load: like a real one, and the same every time."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest

from services.cli.bench.loading import stored
from services.cli.bench.park import AGENCIES, COMMON_WORD, DAYS, MOST_TOWNS, PURPOSES, STORM, Park, park
from shared.contract import parse_event
from shared.directory import Agency, Patrimony

TODAY = date(2026, 3, 1)
SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICKETS = 5_000


@pytest.fixture(scope="module")
def laid_out() -> Park:
    return park(TICKETS, TODAY)


def test_it_is_the_same_every_time(laid_out: Park) -> None:
    again = park(TICKETS, TODAY)
    assert again == laid_out
    assert [again.life(number, SENT) for number in (0, 77)] == [laid_out.life(number, SENT) for number in (0, 77)]


def test_every_event_is_one_of_the_contract_s_and_names_what_the_directory_has(laid_out: Park) -> None:
    known = {entry.uid for entry in laid_out.entries}
    for number in range(0, TICKETS, 50):
        life = laid_out.life(number, SENT) + laid_out.later(number, SENT)
        assert {event["aggregateUid"] for event in life} == {life[0]["aggregateUid"]}
        for event in life:
            parsed = parse_event(orjson.dumps(event))
            assert parsed.eventType == event["eventType"]
            if "provider" in event:
                assert event["provider"]["providerUid"] in known
        assert not known.isdisjoint(life[0]["locationRef"].values())


def test_a_hundred_agencies_look_after_one_to_eight_towns_each(laid_out: Park) -> None:
    towns = Counter(agency for agency, _ in {(site.agency, site.town) for site in laid_out.sites})
    assert len(towns) == AGENCIES == 100
    assert set(towns.values()) <= set(range(1, MOST_TOWNS + 1))
    assert sum(isinstance(entry, Agency) for entry in laid_out.entries) == AGENCIES
    assert any(len(entry.agencyUids) > 1 for entry in laid_out.entries if isinstance(entry, Patrimony))


def test_tickets_are_opened_on_a_thousand_days_one_of_which_brings_a_twentieth(laid_out: Park) -> None:
    days = Counter(laid_out.opened(number).date() for number in range(TICKETS))
    first = TODAY - timedelta(days=DAYS - 1)
    assert (min(days), max(days), len(days)) == (first, TODAY, DAYS)
    assert days.most_common(1) == [(first + timedelta(days=STORM), TICKETS // 20)]
    opened = [laid_out.opened(number) for number in range(TICKETS)]
    assert opened == sorted(opened)


def test_what_is_common_is_common(laid_out: Park) -> None:
    lives = [laid_out.life(number, SENT) for number in range(2_000)]
    requests = [life[0]["ticket"]["request"].lower() for life in lives]
    assert 150 < sum(COMMON_WORD in request for request in requests) < 250
    assert len({life[0]["ticket"]["callPurposeLabel"] for life in lives}) == PURPOSES == 60
    assert len({life[0]["aggregateUid"] for life in lives}) == len(lives)
    closed = sum(life[-1]["eventType"] == "TicketClosed" for life in lives)
    assert closed > 1_800


def test_tickets_beyond_the_park_open_on_its_last_day(laid_out: Park) -> None:
    assert laid_out.opened(TICKETS + 10).date() == TODAY


def test_events_are_stored_by_their_versions(laid_out: Park) -> None:
    life = laid_out.life(0, SENT)
    ticket = life[0]["aggregateUid"]
    documents = stored(life, SENT, version=3)
    assert [document["_id"] for document in documents] == [f"{ticket}:{4 + number}" for number in range(len(life))]
    assert [orjson.loads(document["body"]) for document in documents] == life
