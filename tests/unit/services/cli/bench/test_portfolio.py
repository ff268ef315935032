"""The portfolio that benchmarks load: like a real one, and the same in every run."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest

from services.cli.bench.fill import stored_events
from services.cli.bench.portfolio import (
    AGENCIES,
    COMMON_WORD,
    DAYS,
    MOST_TOWNS,
    PURPOSES,
    STORM,
    Portfolio,
    make_portfolio,
)
from shared.contract import parse_event
from shared.directory.entries import Agency, Patrimony

TODAY = date(2026, 3, 1)
SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICKETS = 5_000


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return make_portfolio(TICKETS, TODAY)


def test_it_is_the_same_every_time(portfolio: Portfolio) -> None:
    again = make_portfolio(TICKETS, TODAY)
    assert again == portfolio
    assert [again.life(number, SENT) for number in (0, 77)] == [portfolio.life(number, SENT) for number in (0, 77)]


def test_every_event_follows_the_contract_and_names_known_entries(portfolio: Portfolio) -> None:
    known = {entry.uid for entry in portfolio.entries}
    for number in range(0, TICKETS, 50):
        life = portfolio.life(number, SENT) + portfolio.later(number, SENT)
        assert {event["aggregateUid"] for event in life} == {life[0]["aggregateUid"]}
        for event in life:
            parsed = parse_event(orjson.dumps(event))
            assert parsed.eventType == event["eventType"]
            if "provider" in event:
                assert event["provider"]["providerUid"] in known
        assert not known.isdisjoint(life[0]["locationRef"].values())


def test_a_hundred_agencies_have_one_to_eight_towns_each(portfolio: Portfolio) -> None:
    towns = Counter(agency for agency, _ in {(site.agency, site.town) for site in portfolio.sites})
    assert len(towns) == AGENCIES == 100
    assert set(towns.values()) <= set(range(1, MOST_TOWNS + 1))
    assert sum(isinstance(entry, Agency) for entry in portfolio.entries) == AGENCIES
    assert any(len(entry.agencyUids) > 1 for entry in portfolio.entries if isinstance(entry, Patrimony))


def test_tickets_open_on_a_thousand_days_and_a_twentieth_on_one_of_them(portfolio: Portfolio) -> None:
    days = Counter(portfolio.opened(number).date() for number in range(TICKETS))
    first = TODAY - timedelta(days=DAYS - 1)
    assert (min(days), max(days), len(days)) == (first, TODAY, DAYS)
    assert days.most_common(1) == [(first + timedelta(days=STORM), TICKETS // 20)]
    opened = [portfolio.opened(number) for number in range(TICKETS)]
    assert opened == sorted(opened)


def test_what_is_common_is_common(portfolio: Portfolio) -> None:
    lives = [portfolio.life(number, SENT) for number in range(2_000)]
    requests = [life[0]["ticket"]["request"].lower() for life in lives]
    assert 150 < sum(COMMON_WORD in request for request in requests) < 250
    assert len({life[0]["ticket"]["callPurposeLabel"] for life in lives}) == PURPOSES == 60
    assert len({life[0]["aggregateUid"] for life in lives}) == len(lives)
    closed = sum(life[-1]["eventType"] == "TicketClosed" for life in lives)
    assert closed > 1_800


def test_tickets_beyond_the_portfolio_open_on_its_last_day(portfolio: Portfolio) -> None:
    assert portfolio.opened(TICKETS + 10).date() == TODAY


def test_events_are_stored_by_their_versions(portfolio: Portfolio) -> None:
    life = portfolio.life(0, SENT)
    ticket = life[0]["aggregateUid"]
    documents = stored_events(life, SENT, version=3)
    assert [document["_id"] for document in documents] == [f"{ticket}:{4 + number}" for number in range(len(life))]
    assert [orjson.loads(document["body"]) for document in documents] == life
