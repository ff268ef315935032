"""Pages of a list as answers: a small page is sent at once, a large one in groups of bytes."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.answers.entity_tags import Tagged, named_tags, names, tagged_json, unchanged, views_tag
from services.gateway.answers.streaming import stream
from services.gateway.parameters.paging import PageHead
from services.gateway.views.snapshot import Snapshot, Snapshots
from services.gateway.views.stored_bytes import GROUP, RenderedField
from shared.http.answers import ANSWER_BUDGET, json_items
from shared.mongo import Document, Session
from shared.read_model.openings import CLOSING

HELD = 4 * GROUP
"""Bytes that a large page takes in memory: a group as MongoDB's reply, as documents, joined, and in pieces."""

Find = Callable[[Snapshot], Awaitable[tuple[PageHead, Sequence[Document]]]]
"""Finds a page. Its documents are read with `RenderedField.projection`."""


class Pages:
    """Makes answers of pages: `opening`, the bytes of field `texts` of each document, `CLOSING`."""

    def __init__(self, snapshots: Snapshots, texts: RenderedField, opening: bytes) -> None:
        self._snapshots = snapshots
        self._texts = texts
        self._opening = opening

    async def answer(self, find: Find, snapshot: Snapshot) -> Response:
        """Return the answer with the page that `find` finds, without a tag; it may be sent to several clients.

        Raises `PyMongoError`, or what `find` raises.
        """
        head, items = await self._read(find, snapshot)
        if items is None:
            return LargePage(self, find, ())
        return json_items(self._opening, items, CLOSING, head.status, head.headers)

    async def tagged(self, find: Find, snapshot: Snapshot, *selected: object) -> "Tagged | LargePage":
        """Return the answer as `answer` does, with an entity tag. `selected` is what determines the page in the views.

        For `selected` see `views_tag`. Raises `PyMongoError`, or what `find` raises.
        """
        head, items = await self._read(find, snapshot)
        if items is None:
            return LargePage(self, find, selected)
        return tagged_json(self._opening + b",".join(items) + CLOSING, head.status, head.headers)

    async def _read(self, find: Find, snapshot: Snapshot) -> tuple[PageHead, list[bytes] | None]:
        """Return the head and the items of a page. The items are None when they are too large for one piece."""
        head, documents = await find(snapshot)
        small = self._length(documents) <= GROUP
        return head, (await self._texts.read(documents, snapshot.session) if small else None)

    async def send(self, find: Find, selected: Sequence[object], scope: Any, receive: Any, send: Any) -> None:
        """Find the page again and send it in groups, even if it has become small, or send 304.

        Without `selected`, the answer has no tag. Raises `OverBudgetError`, or any failure before the first byte is
        sent, such as those of `find`.
        """

        async def answer(snapshot: Snapshot) -> None:
            tag = views_tag(snapshot.progress, *selected) if selected else None
            if tag and names(named_tags(scope), tag):
                await unchanged(tag, {})(scope, receive, send)
                return
            head, documents = await find(snapshot)
            length = len(self._opening) + self._length(documents) + max(len(documents) - 1, 0) + len(CLOSING)
            more = {"content-length": str(length)} | ({"ETag": tag} if tag else {})
            head = PageHead(head.status, head.headers | more)
            await stream(Request(scope, receive), send, head, self._parts(documents, snapshot.session))

        with ANSWER_BUDGET.share(scope["user"]) as share:
            share.hold(HELD)
            await self._snapshots.read(answer)

    async def _parts(self, documents: Sequence[Document], session: Session) -> AsyncGenerator[bytes, None]:
        opening = self._opening
        async for group in self._texts.in_groups(documents, session):
            yield opening + group
            opening = b""
        yield opening + CLOSING

    def _length(self, documents: Sequence[Document]) -> int:
        return sum(map(self._texts.length, documents))


class LargePage(Response):
    """A page that is read again, in its own snapshot, for each client that it is sent to."""

    def __init__(self, pages: Pages, find: Find, selected: Sequence[object]) -> None:
        super().__init__()
        self._pages = pages
        self._find = find
        self._selected = selected

    def to(self, _named: str | None) -> Response:
        """Return itself: only the snapshot in which it is sent decides whether a client has it already."""
        return self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send the page, or 304."""
        await self._pages.send(self._find, self._selected, scope, receive, send)
