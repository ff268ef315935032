"""The export: a stream of the selected tickets with their commentaries, as JSON joined from rendered bytes or as CSV.

Only one group of bytes is in memory at a time, for any selection and any speed of the client.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from starlette.requests import Request

from services.gateway.access import Access
from services.gateway.answers.entity_tags import named_tags, names, unchanged, views_tag
from services.gateway.answers.export_forms import ExportForm, chosen_form
from services.gateway.answers.streaming import stream
from services.gateway.parameters.filters import ALL_TICKETS, Selection, read_selection
from services.gateway.parameters.paging import FIRST_PAGE, LARGEST_EXPORT, Page, PageHead, page_head, read_page
from services.gateway.parameters.query import Query, Together
from services.gateway.views.finder import Finder, FoundPage
from services.gateway.views.one_ahead import one_ahead
from services.gateway.views.snapshot import Snapshot, Snapshots
from services.gateway.views.stored_bytes import RenderedField, groups
from shared.clock import utc_now
from shared.http.concurrency_limit import ConcurrencyLimit
from shared.mongo import ASCENDING, Database, Document, Session
from shared.process.offloading import offloaded
from shared.read_model import index_names
from shared.read_model.exported_ticket import exported_commentary, exported_ticket
from shared.read_model.local_days import local_day
from shared.storage.checkpoints import Progress
from shared.storage.schema import NEWEST_FIRST, OLDEST_FIRST

AT_ONCE, OF_ONE, WAITING, WAITED = 4, 2, 16, 10.0
"""Exports that run at the same time, those of one user, requests that may wait for either, and for how many seconds."""
BUSY = "Too many exports run; ask again."
BATCH = 1_000
"""Tickets in one batch of MongoDB, without long texts; they have 4 MiB of texts at most."""
EXPORT_MS = 60_000
"""Longest time that MongoDB may work on one export, in milliseconds."""

VARY = {"Vary": "Accept"}


class Export:
    """Answers `exportTickets` of the contract, as an ASGI application."""

    def __init__(self, db: Database, access: Access) -> None:
        self._db = db
        self._access = access
        self._snapshots = Snapshots(db)
        self._finder = Finder(db)
        self._texts = RenderedField(db.tickets, "export", EXPORT_MS)
        self._running = ConcurrencyLimit(AT_ONCE, waiting=WAITING, seconds=WAITED, refusal=BUSY)
        self._of_users: WeakValueDictionary[str, ConcurrencyLimit] = WeakValueDictionary()
        """By user. A limit lives as long as its user has an export."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Stream the tickets that the query selects, the newest first, all from one snapshot of the views.

        A client that has them already gets 304, without a turn among the exports.
        """
        request = Request(scope, receive)
        visible = await self._access.visible(request)
        asked: bytes = scope["query_string"]
        page, selection = await offloaded(len(asked), partial(_read, asked))
        form = chosen_form(",".join(request.headers.getlist("accept")))

        def tag_at(progress: Progress) -> str | None:
            return views_tag(progress, "export", form.name, page, selection, visible)

        if named := named_tags(scope):
            tag = tag_at(await self._snapshots.progress())
            if tag and names(named, tag):
                await unchanged(tag, VARY)(scope, receive, send)
                return

        async def answer(snapshot: Snapshot) -> None:
            found = await self._finder.find_page(selection, visible, page, snapshot)
            head = page_head(page, found.total)
            tag = tag_at(snapshot.progress)
            more = {"content-type": form.media_type, **VARY} | ({"ETag": tag} if tag else {})
            async with snapshot.beside() as session:
                tickets = one_ahead(self._tickets(found, page, session))
                parts = one_ahead(self._parts(tickets, form, snapshot.session))
                await stream(request, send, PageHead(head.status, head.headers | more), parts)

        async with self._limit_of(scope["user"]), self._running:
            await self._snapshots.read(answer)

    def _limit_of(self, user: str) -> ConcurrencyLimit:
        limit = self._of_users.get(user)
        if limit is None:
            limit = self._of_users[user] = ConcurrencyLimit(OF_ONE, waiting=WAITING, seconds=WAITED, refusal=BUSY)
        return limit

    async def _parts(
        self, batches: AsyncGenerator[list[Document], None], form: ExportForm, session: Session
    ) -> AsyncGenerator[bytes, None]:
        """Yield the whole body in groups of bytes: the tickets in `batches`, written in `form`."""
        before = form.opening
        async with aclosing(batches):
            async for tickets in batches:
                for group in groups(tickets, self._length):
                    texts = await self._texts.read(group, session)
                    of_tickets = await self._commentaries(group, session)
                    commentaries = (of_tickets.get(ticket["_id"], ()) for ticket in group)
                    exported = list(map(exported_ticket, texts, commentaries))
                    size = sum(map(len, exported)) if form.takes_long else 0
                    yield before + await offloaded(size, partial(form.group, exported))
                    before = form.between
        yield form.closing if before == form.between else before + form.closing

    async def _tickets(self, found: FoundPage, page: Page, session: Session) -> AsyncGenerator[list[Document], None]:
        if page.first >= found.total:
            return  # the start may be too high a number for MongoDB
        cursor = self._db.tickets.find(
            found.query.filter,
            {**self._texts.projection, "commented": 1},
            session=session,
            max_time_ms=EXPORT_MS,
            batch_size=BATCH,
            **found.query.hint,
        )
        try:
            cursor.sort(list(NEWEST_FIRST)).skip(found.skip).limit(page.length)
            while tickets := await cursor.to_list(BATCH):
                yield tickets
        finally:
            await cursor.close()

    def _length(self, ticket: Document) -> int:
        commented: int = ticket["commented"]
        return self._texts.length(ticket) + commented

    async def _commentaries(self, tickets: Sequence[Document], session: Session) -> Mapping[str, list[bytes]]:
        found: defaultdict[str, list[bytes]] = defaultdict(list)
        if commented := [ticket["_id"] for ticket in tickets if ticket["commented"]]:
            cursor = self._db.journal.find(
                {"ticket": {"$in": commented}, "commentary": {"$exists": True}},
                {"ticket": 1, "commentary": 1, "message": 1},
                session=session,
                max_time_ms=EXPORT_MS,
            ).hint(index_names.COMMENTARY)
            for line in await cursor.sort([("ticket", ASCENDING), *OLDEST_FIRST]).to_list(None):
                found[line["ticket"]].append(exported_commentary(line))
        return found


def _read(asked: bytes) -> tuple[Page, Selection]:
    query = Query(asked)
    with Together() as together:
        page = together.read(FIRST_PAGE, read_page, query, LARGEST_EXPORT)
        selection = together.read(ALL_TICKETS, read_selection, query, local_day(utc_now()), fulltext_alone=False)
    return page, selection
