"""Pages: the `range` parameter, and what an answer says about the page it holds (contract README, 1 and 10 to 12)."""

import re
from dataclasses import dataclass

from services.gateway.query import BadParameterError

LARGEST = 100
"""Most items in one answer; also the page that is answered when none is asked for."""
LARGEST_EXPORT = 20_000
"""The same of the export."""
RANGE = r"([0-9]{1,1000})-([0-9]{1,1000})"
"""The form of a range."""

_RANGE = re.compile(RANGE)


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a selection that is wanted: `length` items from index `first` on; one may hold `largest` at most."""

    first: int = 0
    length: int = LARGEST
    largest: int = LARGEST


@dataclass(frozen=True, slots=True)
class PageHead:
    """Status and headers of an answer that holds a page."""

    status: int
    headers: dict[str, str]


def read_range(text: str | None, largest: int = LARGEST) -> Page:
    """Read `<start>-<end>`, both counted from 0 and included, and cut it to `largest`; raises `BadParameterError`."""
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
    """Say which part of a selection of `count` items an answer holds: 200 for the whole, 206 for less."""
    first = min(page.first, count)
    end = min(page.first + page.length, count)
    whole = end - first == count or count == 0
    content_range = f"{first}-{end - 1}/{count}" if first < end else f"{count}-{count}/{count}"
    return PageHead(200 if whole else 206, {"Content-Range": content_range, "Accept-Range": str(page.largest)})
