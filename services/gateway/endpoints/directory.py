"""The directory over HTTP: agencies, patrimonies, providers and operators (contract 90)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal, get_args

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.parameters.fulltext import Term, read_terms
from services.gateway.parameters.paging import FIRST_PAGE, Page, page_head, read_page
from services.gateway.parameters.query import Query, Together
from services.gateway.views.directory_rows import Row, arranged, selected
from shared.accounts.scopes import Scope, Visible, visible_in
from shared.directory.entries import Directory, Entry
from shared.directory.replica import DirectoryReplica
from shared.http.answers import json_items
from shared.http.concurrency_limit import ConcurrencyLimit
from shared.lru import LruCache
from shared.process.offloading import offloaded
from shared.read_model.openings import CLOSING, LIST_OPENING

Kind = Literal["agencies", "patrimonies", "providers", "operators"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The lists, by the last segment of their paths."""

QUERY = "query"
SCOPED: frozenset[Kind] = frozenset({"agencies", "patrimonies"})
"""Kinds of which a user sees those inside the scope. Of the others, every user sees all."""
KEPT, KEPT_ROWS = 200, 500_000
"""Most selections of a kind that are kept, and most rows in them. A row in a selection takes eight bytes."""
WAITING, WAITED = 20, 5.0
"""Most requests that wait for their turn to select, and for how many seconds."""
BUSY = "Too many search the directory; ask again."
ROW_BYTES = 100
"""Bytes of a row, to decide whether the work on all rows is left to a thread."""

Wanted = tuple[Visible, tuple[Term, ...]]


class DirectoryLists:
    """Answers the four lists of the directory from the entries of `replica`.

    The rows of a kind are made again when the directory has changed. Selections are kept until then, so that further
    pages cost next to nothing. One request at a time makes rows or selects.
    """

    def __init__(self, access: Access, replica: DirectoryReplica) -> None:
        self._access = access
        self._replica = replica
        self._made: dict[Kind, _Rows] = {}
        self._turns = ConcurrencyLimit(1, waiting=WAITING, seconds=WAITED, refusal=BUSY)

    async def list(self, kind: Kind, request: Request) -> Response:
        """Return a page of the entries of a kind that the query selects and that are inside the user's scope."""
        user = await self._access.user(request)
        query: bytes = request.scope["query_string"]
        page, terms = await offloaded(len(query), partial(_read, query))
        scope = user.scope if kind in SCOPED else Scope("everything")
        rows = self._known(kind, scope, terms)
        if rows is None:
            async with self._turns:
                rows = await self._select(kind, scope, terms)
        head = page_head(page, len(rows))
        items = (row.body for row in rows[page.first : page.first + page.length])
        return json_items(LIST_OPENING, items, CLOSING, head.status, head.headers)

    def _known(self, kind: Kind, scope: Scope, terms: tuple[Term, ...]) -> Sequence[Row] | None:
        directory, made = self._replica.directory, self._made.get(kind)
        if made is None or made.entries is not _entries(directory, kind):
            return None
        return made.selections.use((visible_in(scope, directory), terms))

    async def _select(self, kind: Kind, scope: Scope, terms: tuple[Term, ...]) -> Sequence[Row]:
        """Return the selected rows of the directory as it is now, and keep them."""
        directory, made = self._replica.directory, self._made.get(kind)
        entries, wanted = _entries(directory, kind), (visible_in(scope, directory), terms)
        if made is None or made.entries is not entries:
            before = made.rows if made else ()
            rows = await offloaded(len(entries) * ROW_BYTES, partial(arranged, entries, before))
            made = self._made[kind] = _Rows(entries, rows)
        found = made.selections.use(wanted)
        if found is None:
            found = await offloaded(len(made.rows) * ROW_BYTES, partial(selected, made.rows, *wanted))
            made.selections.put(wanted, found)
        return found


class _Rows:
    """All rows of a kind, made of `entries`, and what was selected of them."""

    def __init__(self, entries: Mapping[str, Entry], rows: Sequence[Row]) -> None:
        self.entries = entries
        self.rows = rows
        self.selections: LruCache[Wanted, Sequence[Row]] = LruCache(KEPT, size=KEPT_ROWS, size_of=len)


def _entries(directory: Directory, kind: Kind) -> Mapping[str, Entry]:
    entries: Mapping[str, Entry] = getattr(directory, kind)
    return entries


def _read(asked: bytes) -> tuple[Page, tuple[Term, ...]]:
    query = Query(asked)
    with Together() as together:
        page = together.read(FIRST_PAGE, read_page, query)
        terms = together.read((), read_terms, query, QUERY)
    return page, terms
