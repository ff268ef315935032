"""The saved position: the relay saves how far it has published a few times a second, not after each group of events.

What was published since the last save is published again after a crash. Readers expect that (decision 0005).
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

from shared.mongo import Database, Document, PyMongoError
from shared.storage.publication import PositionMovedError, Publication, Withheld, WithheldEvent, advance

SAVE_SECONDS = 0.1
"""Longest time between a published event and the save of its position."""
LAST_SAVE_SECONDS = 1.0
"""Time that a relay which ends has for its last save."""


class SavedPosition:
    """The position that is saved, `publication`, and what was published since."""

    def __init__(self, db: Database, publication: Publication) -> None:
        self._db = db
        self.publication = publication
        self._saved = monotonic()
        self._token: Document | None = None
        """The position in the change stream to save; None when it is saved."""
        self._offsets: dict[int, range] = {}
        self._refused: dict[str, WithheldEvent] = {}

    @property
    def age(self) -> float:
        """Return the seconds since the last save."""
        return monotonic() - self._saved

    @property
    def is_behind(self) -> bool:
        """Return whether events were read since the last save."""
        return self._token is not None

    @property
    def is_due(self) -> bool:
        """Return whether it is time to save."""
        return self.is_behind and self.age >= SAVE_SECONDS

    def move(self, token: Document, offsets: Mapping[int, range], refused: Withheld) -> None:
        """Note that every event before `token` in the change stream is published or withheld.

        `offsets` were written and `refused` is withheld since the last note.
        """
        self._token = token
        self._offsets |= offsets
        self._refused |= refused

    async def save(self) -> None:
        """Save the position and what is withheld; raises `PositionMovedError`.

        If a save fails, the next one saves as much and more.
        """
        if self._token is not None:
            withheld = {**self.publication.withheld, **self._refused}
            self.publication = await advance(self._db, self.publication, self._token, self._offsets, withheld=withheld)
            self._token, self._offsets, self._refused, self._saved = None, {}, {}, monotonic()

    async def save_last(self) -> None:
        """Save before the relay ends, if MongoDB answers in time. If not, the next relay repeats a few events."""
        if self.is_behind:
            with suppress(PositionMovedError, PyMongoError, TimeoutError):
                async with asyncio.timeout(LAST_SAVE_SECONDS):
                    await self.save()
