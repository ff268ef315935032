"""Pages: the `range` parameter, and the status and headers of an answer (contract 1 and 10 to 12)."""

import re
from dataclasses import dataclass

from services.gateway.parameters.query import BadParameterError

LARGEST = 100
"""Most items in one answer. A request without `range` gets that many."""
LARGEST_EXPORT = 20_000
"""Most tickets in one export. A request without `range` gets that many."""
RANGE = r"([0-9]{1,1000})-([0-9]{1,1000})"
"""Pattern of a range: `<start>-<end>`."""

_RANGE = re.compile(RANGE)


@dataclass(frozen=True, slots=True)
class Page:
    """The requested part of a selection: `length` items from index `first` on. A page has at most `largest` items."""

    first: int = 0
    length: int = LARGEST
    largest: int = LARGEST


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


def page_head(page: Page, count: int) -> PageHead:
    """Return status and headers for a page of `count` selected items: 200 for the whole selection, 206 for a part."""
    first = min(page.first, count)
    end = min(page.first + page.length, count)
    whole = end - first == count or count == 0
    content_range = f"{first}-{end - 1}/{count}" if first < end else f"{count}-{count}/{count}"
    return PageHead(200 if whole else 206, {"Content-Range": content_range, "Accept-Range": str(page.largest)})
