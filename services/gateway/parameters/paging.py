"""Pages: the `range` parameter, and the status and headers of an answer (contract 1 and 10 to 12).

`Link` names the next page (RFC 8288) as a reference of only a query, which is relative to the path of the request.
"""

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote_from_bytes

from services.gateway.parameters.query import BadParameterError, Query

LARGEST = 100
"""Most items in one answer. A request without `range` gets that many."""
LARGEST_EXPORT = 20_000
"""Most tickets in one export. A request without `range` gets that many."""
RANGE = r"([0-9]{1,1000})-([0-9]{1,1000})"
"""Pattern of a range: `<start>-<end>`."""
LONGEST_LINK = 2_000
"""Most bytes of the reference in a `Link`. Proxies often take only 4 KiB of headers, and a query may have 64 KiB."""

_RANGE = re.compile(RANGE)
_NAME: Final = "range"
_KEPT: Final = "!$&'()*+,;=:@/?%"
"""What a query in a `Link` keeps besides letters, digits and `-._~`. Other bytes are percent-encoded."""


@dataclass(frozen=True, slots=True)
class Page:
    """The requested part of a selection: `length` items from index `first` on. A page has at most `largest` items.

    `others`: the query without `range`, for the link to the next page. None for answers without links.
    """

    first: int = 0
    length: int = LARGEST
    largest: int = LARGEST
    others: bytes | None = None


FIRST_PAGE = Page()


@dataclass(frozen=True, slots=True)
class PageHead:
    """Status and headers of an answer with a page."""

    status: int
    headers: dict[str, str]


def read_range(text: str | None, largest: int = LARGEST) -> Page:
    """Read `<start>-<end>`, counted from 0, both included. Cut it to `largest` items. Raises `BadParameterError`."""
    if text is None:
        return Page(0, largest, largest)
    match = _RANGE.fullmatch(text)
    if match is None:
        raise BadParameterError("Parameter range must be <start>-<end>, as 0-99.")
    start, end = int(match[1]), int(match[2])
    if start > end:
        raise BadParameterError("Parameter range must not end before it starts.")
    return Page(start, min(end - start + 1, largest), largest)


def read_page(query: Query, largest: int = LARGEST) -> Page:
    """Read the parameter `range` as `read_range` does. The page has a link to the next one, unless it is too long."""
    page = read_range(query.one(_NAME), largest)
    return replace(page, others=query.without(_NAME)) if query.size <= LONGEST_LINK else page


def page_head(page: Page, count: int) -> PageHead:
    """Return status and headers for a page of `count` selected items: 200 for the whole selection, 206 for a part."""
    first = min(page.first, count)
    end = min(page.first + page.length, count)
    whole = end - first == count or count == 0
    content_range = f"{first}-{end - 1}/{count}" if first < end else f"{count}-{count}/{count}"
    headers = {"Content-Range": content_range, "Accept-Range": str(page.largest)}
    if end < count and (link := _link(page, end)):
        headers["Link"] = link
    return PageHead(200 if whole else 206, headers)


def _link(page: Page, start: int) -> str | None:
    """Return the `Link` to the page that begins at `start`; None when `page` has none, or it is too long."""
    if page.others is None:
        return None
    others = quote_from_bytes(page.others, safe=_KEPT)
    reference = f"?{others}{'&' if others else ''}{_NAME}={start}-{start + page.length - 1}"
    return f'<{reference}>; rel="next"' if len(reference) <= LONGEST_LINK else None
