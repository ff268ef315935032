"""Questions of `bench reads` that are another one each time, so that no two requests in flight share an answer.

Pure. The targets are shuffled, always in the same way: the first few hundred are like all of them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlencode

from services.cli.bench.portfolio import Portfolio
from shared.clock import wire

LIST, FEED = "/api/v1/tickets", "/api/vEvent/tickets"
PAGE = 100
EACH = 600
"""Different pages, pages of an agency, and ranges of days."""
DETAILS = 2_000
WINDOWS = 2_000
SPAN_DAYS = 30
FIRST_DAYS, LAST_DAYS = 900, SPAN_DAYS
"""How many days ago a range of days begins, at most and at least."""


def pages(portfolio: Portfolio) -> list[str]:
    """Return targets of pages: of all tickets at any depth, of an agency since some day, of a range of days."""
    return _shuffled(_pages(portfolio))


def _pages(portfolio: Portfolio) -> Iterator[str]:
    agencies = list(dict.fromkeys(site.agency for site in portfolio.sites))
    for number in range(EACH):
        start = number * portfolio.tickets // EACH
        yield f"{LIST}?range={start}-{start + PAGE - 1}"
        began = FIRST_DAYS - number * (FIRST_DAYS - LAST_DAYS) // EACH
        first = portfolio.today - timedelta(days=began)
        yield f"{LIST}?{urlencode({'agency': agencies[number % len(agencies)], 'from': first})}"
        last = first + timedelta(days=SPAN_DAYS)
        yield f"{LIST}?{urlencode({'from': first, 'to': last})}"


def details(portfolio: Portfolio) -> list[str]:
    """Return targets of details, of tickets of any age."""
    count = min(DETAILS, portfolio.tickets)
    numbers = (number * portfolio.tickets // count for number in range(count))
    return _shuffled(f"{LIST}/{portfolio.uid(number)}" for number in numbers)


def feeds(last: datetime) -> list[str]:
    """Return targets of the feed: windows of one second that end at `last` or in the two seconds before."""
    ends = (last - timedelta(milliseconds=number) for number in range(WINDOWS))
    second = timedelta(seconds=1)
    return _shuffled(f"{FEED}?{urlencode({'from': wire(end - second), 'to': wire(end)})}" for end in ends)


def _shuffled(targets: Iterator[str]) -> list[str]:
    shuffled = list(targets)
    Random("questions").shuffle(shuffled)  # noqa: S311 - the same every time
    return shuffled
