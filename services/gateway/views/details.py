"""Details of tickets, each put together from the ticket and its journal."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.gateway.parameters.filters import Filter, all_of
from services.gateway.views.snapshot import READ_MS
from shared.accounts.scopes import Visible, shows, visible_filter
from shared.mongo import ASCENDING, Database, Document, Session
from shared.read_model.journal_by_day import detail
from shared.storage.schema import OLDEST_FIRST

_HEAD = {"head": 1, "agencies": 1, "patrimony": 1}
_LINE = {"_id": 0, "ticket": 1, "day": 1, "entry": 1, "message": 1}


class AskedDetail(NamedTuple):
    """A ticket that a user asks for, and what this user may see."""

    ticket: str
    visible: Visible


async def read_details(db: Database, asked: Sequence[AskedDetail], session: Session) -> dict[AskedDetail, bytes]:
    """Return the details of the tickets that exist and are visible; raises `PyMongoError`."""
    tickets = db.tickets.find(_any_of(asked), _HEAD, session=session, max_time_ms=READ_MS)
    found = {ticket["_id"]: ticket for ticket in await tickets.to_list(None)}
    if not found:
        return {}
    journal = db.journal.find(
        {"ticket": {"$in": list(found)}, "entry": {"$ne": None}}, _LINE, session=session, max_time_ms=READ_MS
    )
    lines: defaultdict[str, list[Document]] = defaultdict(list)
    for line in await journal.sort([("ticket", ASCENDING), *OLDEST_FIRST]).to_list(None):
        lines[line["ticket"]].append(line)
    return {
        one: detail(ticket["head"], lines[one.ticket])
        for one in asked
        if (ticket := found.get(one.ticket)) and shows(one.visible, ticket)  # it may be visible to another user alone
    }


async def read_export(db: Database, asked: AskedDetail) -> bytes | None:
    """Return a ticket as the export shows it, without its commentaries; None when there is none to see.

    Raises `PyMongoError`.
    """
    wanted = all_of({"_id": asked.ticket}, visible_filter(asked.visible))
    found = await db.tickets.find_one(wanted, {"export": 1}, max_time_ms=READ_MS)
    return found["export"] if found else None


def _any_of(asked: Iterable[AskedDetail]) -> Filter:
    """Return the filter on `tickets` that finds each of `asked` if it is visible to its user."""
    by_scope: defaultdict[Visible, list[str]] = defaultdict(list)
    for one in asked:
        by_scope[one.visible].append(one.ticket)
    return {
        "$or": [all_of({"_id": {"$in": tickets}}, visible_filter(visible)) for visible, tickets in by_scope.items()]
    }
