"""The questions of `bench reads`: pages at every depth, statistics, filters, full text, details and the feed.

Pure. Filters use values of the portfolio's tickets, so that every question finds some.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from services.cli.bench.portfolio import COMMON, COMMON_WORD, DAYS, STORM, STORM_SHARE, Portfolio
from services.cli.bench.reads.varied import LIST, PAGE, details, feeds, pages

STATS = f"{LIST}/stats"
TEN = 10
FIRST_PAGE, UNCHANGED = "list, first page", "list, first page, unchanged"
PAGES, DETAILS, FEEDS = "list, each another page", "detail, each another ticket", "feed, each another second"
Kind = Literal["page", "statistics", "filters", "compared", "other"]


@dataclass(frozen=True, slots=True)
class Question:
    """A named request; `kind` says what it is compared with. Its targets are asked in turn.

    `has_it`: the client has the answer to the first target, and sends its entity tag.
    """

    name: str
    targets: Sequence[str]
    kind: Kind
    has_it: bool = False


def questions(portfolio: Portfolio, last: datetime) -> list[Question]:
    """Return the questions, the first page first; `last` is when the last event was received."""
    site, provider = portfolio.sites[0], portfolio.providers[0]
    agencies = list(dict.fromkeys(site.agency for site in portfolio.sites))[:TEN]
    towns = list(dict.fromkeys(site.town for site in portfolio.sites))[:TEN]
    purposes, providers = portfolio.purposes[:TEN], portfolio.providers[:TEN]
    year = {"from": [f"{portfolio.today - timedelta(days=500)}"], "to": [f"{portfolio.today - timedelta(days=135)}"]}
    ten = {"agency": agencies, "callpurpose": purposes, "location": towns, "activeproviders": providers}
    amid = [_range(round(portfolio.tickets * COMMON / 2))]
    phrase = " ".join(_request_with_common_word(portfolio)[:2])
    return [
        Question(FIRST_PAGE, [LIST], "compared"),
        Question(UNCHANGED, [LIST], "compared", has_it=True),
        Question(PAGES, pages(portfolio), "compared"),
        Question(DETAILS, details(portfolio), "compared"),
        Question(FEEDS, feeds(last), "compared"),
        *(
            Question(f"list, page at {depth} %", [_page(portfolio.tickets * depth // 100)], "page")
            for depth in (1, 50, 99)
        ),
        Question("list, page amid the storm", [_page(_amid_storm(portfolio))], "other"),
        Question("statistics", [STATS], "statistics"),
        Question("statistics, an agency", [_to(STATS, agency=[site.agency])], "statistics"),
        Question("statistics, a town", [_to(STATS, location=[site.town])], "statistics"),
        Question("statistics, a purpose", [_to(STATS, callpurpose=purposes[:1])], "statistics"),
        Question("statistics, ten agencies", [_to(STATS, agency=agencies)], "filters"),
        Question("statistics, agencies and purposes", [_to(STATS, agency=agencies, callpurpose=purposes)], "filters"),
        Question("list, open", [_to(LIST, status=["OPENED"])], "filters"),
        Question("list, an agency", [_to(LIST, agency=[site.agency])], "filters"),
        Question("list, ten agencies, closed", [_to(LIST, agency=agencies, status=["CLOSED"])], "filters"),
        Question("list, agency and purpose", [_to(LIST, agency=[site.agency], callpurpose=purposes[:1])], "filters"),
        Question("list, towns, purposes, a year", [_to(LIST, location=towns, callpurpose=purposes, **year)], "filters"),
        Question("list, a provider", [_to(LIST, activeproviders=[provider])], "filters"),
        Question("list, ten providers, open", [_to(LIST, activeproviders=providers, status=["OPENED"])], "filters"),
        Question("list, ten of everything, closed", [_to(LIST, **ten, status=["CLOSED"])], "filters"),
        Question("list, common word", [_to(LIST, fulltext=[COMMON_WORD])], "filters"),
        Question("list, common word, a page amid", [_to(LIST, fulltext=[COMMON_WORD], range=amid)], "filters"),
        Question("statistics, common word", [_to(STATS, fulltext=[COMMON_WORD])], "filters"),
        Question("list, phrase with common word", [_to(LIST, fulltext=[phrase])], "filters"),
    ]


def _page(start: int) -> str:
    return _to(LIST, range=[_range(start)])


def _range(start: int) -> str:
    return f"{start}-{start + PAGE - 1}"


def _to(path: str, **parameters: Sequence[str]) -> str:
    return f"{path}?{urlencode({name: ','.join(values) for name, values in parameters.items()}, safe=',')}"


def _amid_storm(portfolio: Portfolio) -> int:
    after = (DAYS - STORM - 1) / (DAYS - 1) * (1 - STORM_SHARE)
    return round(portfolio.tickets * (after + STORM_SHARE / 2))


def _request_with_common_word(portfolio: Portfolio) -> list[str]:
    """Return the words of a request that has the common word, from that word on."""
    for number in range(portfolio.tickets):
        words: list[str] = portfolio.life(number, datetime.now(UTC))[0]["ticket"]["request"].lower().rstrip(".").split()
        if COMMON_WORD in words[1:-1]:
            return words[words.index(COMMON_WORD) :]
    return [COMMON_WORD, COMMON_WORD]
