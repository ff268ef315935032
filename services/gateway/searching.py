"""How a term of full text is looked up: which words it may end with, and which commentaries hold it."""

from services.gateway.filters import Filter, all_of
from services.gateway.fulltext import LAST_LETTER, Term, found_with, holding
from services.gateway.reading import READ_MS
from shared.mongo import Database, Session, aggregate

MOST_ENDINGS = 50
"""Words that are looked up one by one; beginnings of more find all that lies between the first and the last."""
COMMENTED_AT_MOST = 50_000
"""Tickets that hold a term in a commentary that is with its own document: their uids go back to MongoDB."""


class TooManyFoundError(Exception):
    """A term of full text stands in the commentaries of more tickets than one answer may be made from."""


async def searched(db: Database, term: Term, visible: Filter, session: Session) -> Filter:
    """Give the filter on `tickets` that finds those `visible` which hold `term`.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    endings = await _words_begun_with(db, term[-1], session)
    return found_with(term, endings, await _commented(db, term, visible, session))


async def _words_begun_with(db: Database, beginning: str, session: Session) -> list[str] | None:
    """List the words of tickets that begin so; None for more than `MOST_ENDINGS`.

    Each is one step in the index, however many tickets hold it; then pages of tickets with one of these words come out
    of the index in their order.
    """
    found: list[str] = []
    bounds = {"$gte": beginning, "$lt": beginning + LAST_LETTER}
    while len(found) <= MOST_ENDINGS:
        step = db.tickets.find(
            {"words": {"$elemMatch": bounds}}, session=session, max_time_ms=READ_MS, return_key=True, hint="words"
        )
        key = await step.limit(1).to_list(1)
        if not key:
            return found
        found.append(key[0]["words"])
        bounds = {"$gt": found[-1], "$lt": beginning + LAST_LETTER}
    return None


async def _commented(db: Database, term: Term, visible: Filter, session: Session) -> list[str]:
    """List the tickets that hold `term` in a commentary that is not among their own texts."""
    found = await aggregate(
        db.journal,
        [
            {"$match": all_of(holding(term, None), visible)},
            {"$group": {"_id": "$ticket"}},
            {"$limit": COMMENTED_AT_MOST + 1},
        ],
        session=session,
        maxTimeMS=READ_MS,
    )
    if len(found) > COMMENTED_AT_MOST:
        raise TooManyFoundError
    return [ticket["_id"] for ticket in found]
