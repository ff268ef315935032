"""What is asked of a park: pages at every depth, statistics, filters alone and combined, full text, details, the feed.

Pure. Values are those of the park's own tickets, so that every question finds some.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from services.cli.bench.park import COMMON, COMMON_WORD, DAYS, STORM, STORM_SHARE, Park
from shared.clock import wire

LIST, STATS, FEED = "/api/v1/tickets", "/api/v1/tickets/stats", "/api/vEvent/tickets"
PAGE = 100
TEN = 10
FIRST_PAGE = "list, first page"
Kind = Literal["page", "statistics", "filters", "other"]


@dataclass(frozen=True, slots=True)
class Question:
    """A request by its name, and the kind of promise that holds for it."""

    name: str
    target: str
    kind: Kind


def questions(park: Park, last: datetime) -> list[Question]:
    """List what is asked, the first page first; `last` is when the last event was received."""
    site, provider = park.sites[0], park.providers[0]
    agencies = list(dict.fromkeys(site.agency for site in park.sites))[:TEN]
    towns = list(dict.fromkeys(site.town for site in park.sites))[:TEN]
    purposes, providers = park.purposes[:TEN], park.providers[:TEN]
    year = {"from": [f"{park.today - timedelta(days=500)}"], "to": [f"{park.today - timedelta(days=135)}"]}
    ten = {"agency": agencies, "callpurpose": purposes, "location": towns, "activeproviders": providers}
    amid = [_range(round(park.tickets * COMMON / 2))]
    phrase = " ".join(_request_with_common_word(park)[:2])
    return [
        Question(FIRST_PAGE, LIST, "page"),
        *(Question(f"list, page at {depth} %", _page(park.tickets * depth // 100), "page") for depth in (1, 50, 99)),
        Question("list, page amid the storm", _page(_amid_storm(park)), "other"),
        Question("statistics", STATS, "statistics"),
        Question("statistics, an agency", _to(STATS, agency=[site.agency]), "statistics"),
        Question("statistics, a town", _to(STATS, location=[site.town]), "statistics"),
        Question("statistics, a purpose", _to(STATS, callpurpose=purposes[:1]), "statistics"),
        Question("statistics, ten agencies", _to(STATS, agency=agencies), "filters"),
        Question("statistics, agencies and purposes", _to(STATS, agency=agencies, callpurpose=purposes), "filters"),
        Question("list, open", _to(LIST, status=["OPENED"]), "filters"),
        Question("list, an agency", _to(LIST, agency=[site.agency]), "filters"),
        Question("list, ten agencies, closed", _to(LIST, agency=agencies, status=["CLOSED"]), "filters"),
        Question("list, agency and purpose", _to(LIST, agency=[site.agency], callpurpose=purposes[:1]), "filters"),
        Question("list, towns, purposes, a year", _to(LIST, location=towns, callpurpose=purposes, **year), "filters"),
        Question("list, a provider", _to(LIST, activeproviders=[provider]), "filters"),
        Question("list, ten providers, open", _to(LIST, activeproviders=providers, status=["OPENED"]), "filters"),
        Question("list, ten of everything, closed", _to(LIST, **ten, status=["CLOSED"]), "filters"),
        Question("list, common word", _to(LIST, fulltext=[COMMON_WORD]), "filters"),
        Question("list, common word, a page amid", _to(LIST, fulltext=[COMMON_WORD], range=amid), "filters"),
        Question("statistics, common word", _to(STATS, fulltext=[COMMON_WORD]), "filters"),
        Question("list, phrase with common word", _to(LIST, fulltext=[phrase]), "filters"),
        Question("detail", f"{LIST}/{park.life(0, last)[0]['aggregateUid']}", "other"),
        Question("feed, the last second", _feed(last), "other"),
    ]


def _page(start: int) -> str:
    return _to(LIST, range=[_range(start)])


def _range(start: int) -> str:
    return f"{start}-{start + PAGE - 1}"


def _feed(last: datetime) -> str:
    return f"{FEED}?{urlencode({'from': wire(last - timedelta(seconds=1)), 'to': wire(last)})}"


def _to(path: str, **parameters: Sequence[str]) -> str:
    return f"{path}?{urlencode({name: ','.join(values) for name, values in parameters.items()}, safe=',')}"


def _amid_storm(park: Park) -> int:
    after = (DAYS - STORM - 1) / (DAYS - 1) * (1 - STORM_SHARE)
    return round(park.tickets * (after + STORM_SHARE / 2))


def _request_with_common_word(park: Park) -> list[str]:
    """Find a request with the common word, and give its words from that on."""
    for number in range(park.tickets):
        words: list[str] = park.life(number, datetime.now(UTC))[0]["ticket"]["request"].lower().rstrip(".").split()
        if COMMON_WORD in words[1:-1]:
            return words[words.index(COMMON_WORD) :]
    return [COMMON_WORD, COMMON_WORD]
