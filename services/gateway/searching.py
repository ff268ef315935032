"""How terms of full text are looked up: which words they may end with, and which commentaries hold them."""

from collections.abc import Iterable
from time import monotonic

from services.gateway.filters import Filter, all_of
from services.gateway.fulltext import LAST_LETTER, Term, found_with, holding
from services.gateway.reading import READ_MS
from shared.mongo import Database, Session, aggregate

MOST_ENDINGS = 50
"""Words that are looked up one by one; beginnings of more find all that lies between the first and the last."""
COMMENTED_AT_MOST = 50_000
"""Tickets that hold a term in a commentary that is with its own document: their uids go back to MongoDB."""


class TooManyFoundError(Exception):
    """Looking the terms up takes too long, or too many tickets hold them in commentaries, for one answer."""


async def holding_terms(db: Database, terms: Iterable[Term], visible: Filter, session: Session) -> list[Filter]:
    """Give for each of `terms` the filter on `tickets` that finds those `visible` which hold it.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    look_up = _LookUp(db, visible, session)
    return [await look_up.term(term) for term in terms]


class _LookUp:
    """Looks up the terms of one request, whose time and whose tickets by commentary are limited together."""

    def __init__(self, db: Database, visible: Filter, session: Session) -> None:
        self._db = db
        self._visible = visible
        self._session = session
        self._ends = monotonic() + READ_MS / 1_000
        self._room = COMMENTED_AT_MOST

    async def term(self, term: Term) -> Filter:
        endings = await self._words_begun_with(term[-1])
        return found_with(term, endings, await self._commented(term))

    async def _words_begun_with(self, beginning: str) -> list[str] | None:
        """List the words of tickets that begin so; None for more than `MOST_ENDINGS`.

        Each is one step in the index, however many tickets hold it; then pages of tickets with one of these words come
        out of the index in their order.
        """
        found: list[str] = []
        bounds = {"$gte": beginning, "$lt": beginning + LAST_LETTER}
        while len(found) <= MOST_ENDINGS:
            step = self._db.tickets.find(
                {"words": {"$elemMatch": bounds}},
                session=self._session,
                max_time_ms=self._left_ms(),
                return_key=True,
                hint="words",
            )
            key = await step.limit(1).to_list(1)
            if not key:
                return found
            found.append(key[0]["words"])
            bounds = {"$gt": found[-1], "$lt": beginning + LAST_LETTER}
        return None

    async def _commented(self, term: Term) -> list[str]:
        """List the tickets that hold `term` in a commentary that is not among their own texts."""
        found = await aggregate(
            self._db.journal,
            [
                {"$match": all_of(holding(term, None), self._visible)},
                {"$group": {"_id": "$ticket"}},
                {"$limit": self._room + 1},
            ],
            session=self._session,
            maxTimeMS=self._left_ms(),
        )
        self._room -= len(found)
        if self._room < 0:
            raise TooManyFoundError
        return [ticket["_id"] for ticket in found]

    def _left_ms(self) -> int:
        left = int((self._ends - monotonic()) * 1_000)
        if left <= 0:
            raise TooManyFoundError
        return left
