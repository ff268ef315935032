"""How terms of full text are looked up: which words they may end with, and which commentaries hold them."""

from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

from services.gateway.filters import Filter, all_of
from services.gateway.fulltext import LAST_LETTER, Term, Words, found_with, holding, leads, led
from services.gateway.reading import READ_MS
from shared.mongo import Database, Session, aggregate

MOST_ENDINGS = 50
"""Words that are looked up one by one; beginnings of more find all that lies between the first and the last."""
COMMENTED_AT_MOST = 50_000
"""Tickets that hold a term in a commentary that is with its own document: their uids go back to MongoDB."""


COMMON = 10_000
"""Tickets with a word beyond which it does not matter how many there are."""


class TooManyFoundError(Exception):
    """Looking the terms up takes too long, or too many tickets hold them in commentaries, for one answer."""


class _Lead(NamedTuple):
    """A word that may lead the search, and how many tickets have it; more than looked at are not told apart."""

    tickets: int
    word: Words


async def holding_terms(db: Database, terms: Sequence[Term], visible: Filter, session: Session) -> list[Filter]:
    """Give for each of `terms` the filter on `tickets` that finds those `visible` which hold it.

    The rarest of their words leads the search. Raises `TooManyFoundError` or `PyMongoError`.
    """
    look_up = _LookUp(db, visible, session)
    found = [await look_up.rarest(term, alone=len(terms) == 1) for term in terms]
    first = min(range(len(terms)), key=lambda number: found[number].tickets, default=None)
    return [
        found_with(term, found[number].word if number == first else None, await look_up.commented(term))
        for number, term in enumerate(terms)
    ]


class _LookUp:
    """Looks up the terms of one request, whose time and whose tickets by commentary are limited together."""

    def __init__(self, db: Database, visible: Filter, session: Session) -> None:
        self._db = db
        self._visible = visible
        self._session = session
        self._ends = monotonic() + READ_MS / 1_000
        self._room = COMMENTED_AT_MOST
        self._fewest = COMMON

    async def rarest(self, term: Term, *, alone: bool) -> _Lead:
        """Find the word of a term that the fewest tickets have; whether it is the only one to choose from shows."""
        candidates = leads(term, await self._words_begun_with(term[-1]))
        if alone and len(candidates) == 1:
            return _Lead(0, candidates[0])
        return min([_Lead(await self._tickets_with(word), word) for word in candidates], key=lambda lead: lead.tickets)

    async def _tickets_with(self, word: Words) -> int:
        """Count tickets in the index, as far as it is fewer than of the rarest word so far."""
        count = await self._db.tickets.count_documents(
            led(word), limit=self._fewest, session=self._session, maxTimeMS=self._left_ms(), hint="words"
        )
        self._fewest = max(1, min(self._fewest, count))
        return count

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

    async def commented(self, term: Term) -> list[str]:
        """List the tickets that hold `term` in a commentary that is not among their own texts."""
        longest = leads(term, None)[:2][-1]
        found = await aggregate(
            self._db.journal,
            [
                {"$match": all_of(holding(term, longest), self._visible)},
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
