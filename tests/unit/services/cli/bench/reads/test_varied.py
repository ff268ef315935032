"""Questions that are another one each time: no two requests in flight can share an answer."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from services.cli.bench.portfolio import make_portfolio
from services.cli.bench.reads.varied import DETAILS, EACH, WINDOWS, details, feeds, pages

LAST = datetime(2026, 3, 1, 12, tzinfo=UTC)
PORTFOLIO = make_portfolio(20_000, date(2026, 3, 1))
IN_FLIGHT = 256


def test_every_target_is_another_one_and_the_same_ones_come_in_every_run() -> None:
    for targets, count in ((pages(PORTFOLIO), 3 * EACH), (details(PORTFOLIO), DETAILS), (feeds(LAST), WINDOWS)):
        assert len(set(targets)) == len(targets) == count > IN_FLIGHT
    assert pages(PORTFOLIO) == pages(PORTFOLIO)


def test_the_first_hundreds_have_pages_agencies_and_days_in_equal_parts() -> None:
    asked = [parse_qs(urlsplit(target).query) for target in pages(PORTFOLIO)[:300]]
    for names in ({"range"}, {"agency", "from"}, {"from", "to"}):
        assert 70 < sum(query.keys() == names for query in asked) < 130


def test_details_are_those_of_tickets_of_the_portfolio() -> None:
    uids = {target.rpartition("/")[2] for target in details(make_portfolio(300, date(2026, 3, 1)))}
    assert uids == {PORTFOLIO.life(number, LAST)[0]["aggregateUid"] for number in range(300)}


def test_windows_of_the_feed_are_a_second_long_and_over() -> None:
    for target in feeds(LAST):
        query = parse_qs(urlsplit(target).query)
        first, last = (datetime.fromisoformat(query[name][0]) for name in ("from", "to"))
        assert last - first == timedelta(seconds=1)
        assert LAST - timedelta(seconds=2) < last <= LAST
