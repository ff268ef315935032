"""Answers that requests share: read once for equal requests at the same time, and not at all for those that have it.

The last tag of each query is remembered, with what was applied when the answer was read. A client that names this tag
gets 304 after one look at what is applied now, if that is the same. All requests of the moment share the look (decision
0025). Answers themselves are not kept.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.answers.entity_tags import Tagged, named_tags, names
from services.gateway.answers.pages import LargePage
from services.gateway.parameters.filters import Filter
from services.gateway.views.shared_reads import SharedReads
from services.gateway.views.snapshot import Snapshot, Snapshots
from shared.accounts.scopes import Visible
from shared.clock import utc_now
from shared.lru import LruCache
from shared.process.offloading import offloaded
from shared.read_model.local_days import local_day
from shared.telemetry import READS_WAITING

REMEMBERED = 1_000
"""Number of queries of which the last tag is remembered; the most recent ones."""
LONGEST, WIDEST = 4_000, 1_000
"""Most bytes of a remembered query, and most agencies or patrimonies that its user sees."""

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class _Last:
    """The last tag of a query, and the answer 304. It holds on `day` for every snapshot with the same `applied`."""

    tag: str
    unchanged: Response
    applied: Hashable
    day: date


class SharedAnswers(Generic[Asked]):
    """Answers queries with what `read` reads of a snapshot, for a query that `parse` has read.

    `parse` gets the query and today, and raises `BadParameterError`. Today and the views determine the answer.
    `kind` names the reads in the metrics.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        kind: str,
        parse: Callable[[bytes, date], Asked],
        read: Callable[[Asked, Visible, Snapshot], Awaitable[Tagged | LargePage]],
    ) -> None:
        self._snapshots = snapshots
        self._parse = parse
        self._read = read
        self._last: LruCache[tuple[bytes, Visible], _Last] = LruCache(REMEMBERED)
        self._shared: SharedReads[tuple[bytes, Visible], Tagged | LargePage] = SharedReads()
        READS_WAITING.labels(kind).set_function(self._shared.__len__)

    async def answer(self, request: Request, visible: Visible, awaited: Filter | None = None) -> Response:
        """Return the answer to a request whose user sees `visible`, or 304 when the client has it.

        For `awaited` see `Snapshots.read`. Raises what `parse` and `read` raise, `NotSeenYetError` or `PyMongoError`.
        """
        query: bytes = request.scope["query_string"]
        named = named_tags(request.scope)
        last = self._last.use((query, visible)) if named and not awaited else None
        if last and names(named, last.tag) and await self._holds(last):
            return last.unchanged
        make = partial(self._made, query, visible, awaited)
        made = await (make() if awaited else self._shared.read((query, visible), make))
        return made.to(named)

    async def _holds(self, last: _Last) -> bool:
        applied = (await self._snapshots.progress()).applied
        return (applied, local_day(utc_now())) == (last.applied, last.day)

    async def _made(self, query: bytes, visible: Visible, awaited: Filter | None) -> Tagged | LargePage:
        today = local_day(utc_now())
        asked = await offloaded(len(query), partial(self._parse, query, today))

        async def read(snapshot: Snapshot) -> Tagged | LargePage:
            made = await self._read(asked, visible, snapshot)
            if isinstance(made, Tagged) and len(query) <= LONGEST and len(visible.uids) <= WIDEST:
                self._last.put((query, visible), _Last(made.tag, made.unchanged, snapshot.applied, today))
            return made

        return await self._snapshots.read(read, awaited)
