"""The look-up of full-text terms: finds the words that they may end with, and the commentaries that have them.

For a user who sees everything, the words of all tickets are looked up. In a limited scope, the response time of that
would show which words other tickets have. So the scope's own tickets and commentaries are scanned (decision 0022).
"""

from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

from services.gateway.parameters.filters import all_of
from services.gateway.parameters.fulltext import (
    LAST_LETTER,
    LocatedTerm,
    Term,
    WordCondition,
    holding,
    leads,
    led,
    longest,
)
from services.gateway.views.indexes import scope_index
from services.gateway.views.snapshot import READ_MS
from shared.accounts.scopes import EVERYTHING, Visible, visible_filter
from shared.mongo import Database, Session, aggregate
from shared.read_model import index_names
from shared.text import indexed

MOST_ENDINGS = 50
"""Most words that are looked up one by one. A beginning of more words is searched as a range of the index."""
COMMENTED_AT_MOST = 50_000
"""Most tickets with a term in a commentary outside their own texts. Their uids become part of a query."""
COMMON = 10_000
"""Number of tickets from which a word counts as common. Counting stops there."""


class TooManyFoundError(Exception):
    """The look-up of the terms takes too long, or too many tickets have them in commentaries."""


class _Lead(NamedTuple):
    """A condition by which the search may use an index, and how many tickets meet it, as far as they were counted."""

    tickets: int
    word: WordCondition


async def locate_terms(db: Database, terms: Sequence[Term], visible: Visible, session: Session) -> list[LocatedTerm]:
    """Return for each of `terms` where to look for it among what is `visible`.

    For a user who sees everything, the search uses the index of words with the rarest word of all terms. In a limited
    scope, the longest word of each term is its condition. Raises `TooManyFoundError` or `PyMongoError`.
    """
    look_up = _LookUp(db, visible, session)
    if visible != EVERYTHING:
        return [LocatedTerm(term, longest(term), await look_up.commented(term)) for term in terms]
    found = [await look_up.rarest(term, alone=len(terms) == 1) for term in terms]
    first = min(range(len(terms)), key=lambda number: found[number].tickets, default=None)
    return [
        LocatedTerm(term, found[number].word if number == first else None, await look_up.commented(term))
        for number, term in enumerate(terms)
    ]


class _LookUp:
    """Looks up the terms of one request. Limits of time and of tickets by commentary count for all terms together."""

    def __init__(self, db: Database, visible: Visible, session: Session) -> None:
        self._db = db
        self._visible = visible
        self._session = session
        self._ends = monotonic() + READ_MS / 1_000
        self._room = COMMENTED_AT_MOST
        self._fewest = COMMON

    async def rarest(self, term: Term, *, alone: bool) -> _Lead:
        """Return the rarest word of the term. With `alone` and a single candidate, skip the count."""
        candidates = leads(term, await self._words_begun_with(indexed(term.words[-1])))
        if alone and len(candidates) == 1:
            return _Lead(0, candidates[0])
        return min([_Lead(await self._tickets_with(word), word) for word in candidates], key=lambda lead: lead.tickets)

    async def _tickets_with(self, word: WordCondition) -> int:
        """Return the number of tickets with the word. Stop counting at the number of the rarest word so far."""
        count = await self._db.tickets.count_documents(
            led(word), limit=self._fewest, session=self._session, maxTimeMS=self._left_ms(), hint=index_names.WORDS
        )
        self._fewest = max(1, min(self._fewest, count))
        return count

    async def _words_begun_with(self, beginning: str) -> list[str] | None:
        """Return the words of tickets with this beginning; None for more than `MOST_ENDINGS`.

        Each word is one step in the index, however many tickets have it. With a list of whole words, MongoDB reads
        pages from the index in their order.
        """
        found: list[str] = []
        bounds = {"$gte": beginning, "$lt": beginning + LAST_LETTER}
        while len(found) <= MOST_ENDINGS:
            step = self._db.tickets.find(
                {"words": {"$elemMatch": bounds}},
                session=self._session,
                max_time_ms=self._left_ms(),
                return_key=True,
                hint=index_names.WORDS,
            )
            key = await step.limit(1).to_list(1)
            if not key:
                return found
            found.append(key[0]["words"])
            bounds = {"$gt": found[-1], "$lt": beginning + LAST_LETTER}
        return None

    async def commented(self, term: Term) -> tuple[str, ...]:
        """Return the tickets that have `term` in a commentary outside their own texts."""
        found = await aggregate(
            self._db.journal,
            [
                {"$match": all_of(holding(term, longest(term)), visible_filter(self._visible))},
                {"$group": {"_id": "$ticket"}},
                {"$limit": self._room + 1},
            ],
            session=self._session,
            maxTimeMS=self._left_ms(),
            hint=scope_index(self._visible) or index_names.WORDS,
        )
        self._room -= len(found)
        if self._room < 0:
            raise TooManyFoundError
        return tuple(ticket["_id"] for ticket in found)

    def _left_ms(self) -> int:
        left = int((self._ends - monotonic()) * 1_000)
        if left <= 0:
            raise TooManyFoundError
        return left
