"""The saved position when MongoDB does not take a save."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.command.relay.saved_position import SavedPosition
from shared.mongo import Document, PyMongoError, Timestamp
from shared.storage.publication import Publication, WithheldEvent

KNOWN = Publication(1, {}, {"at": 1}, Timestamp(1, 0), {}, None, (), {})
REFUSED = WithheldEvent(3, datetime(2026, 1, 1, tzinfo=UTC), "INVALID_TIMESTAMP")
STORED: Document = {"generation": 1, "token": None, "startAt": KNOWN.start_at, "ends": {}, "refill": None}


async def fails() -> None:
    raise PyMongoError


async def hangs() -> None:
    await asyncio.Event().wait()


class Progress:
    """A collection whose first write does what a test wants; it keeps the fields of the others."""

    def __init__(self, first: Callable[[], Awaitable[None]]) -> None:
        self.written: list[Document] = []
        self.asked = asyncio.Event()
        self._first = first

    async def find_one_and_update(self, _filter: Document, update: Document, **_options: Any) -> Document:
        if not self.asked.is_set():
            self.asked.set()
            await self._first()
        self.written.append(update)
        return STORED | {"token": update["$set"]["token"]}


@pytest.mark.parametrize("failure", [fails, hangs])
async def test_the_last_save_withholds_what_a_failed_or_cancelled_save_was_to_withhold(
    failure: Callable[[], Awaitable[None]],
) -> None:
    db: Any = SimpleNamespace(progress=Progress(failure))
    position = SavedPosition(db, KNOWN)
    position.move({"at": 2}, {0: range(5, 6)}, {"t1": REFUSED})
    saving = asyncio.create_task(position.save())
    await db.progress.asked.wait()
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
    await position.save_last()
    (written,) = db.progress.written
    assert written["$max"] == {"ends.0": 6}
    assert written["$set"]["token"] == {"at": 2}
    assert list(written["$set"]["withheld"]) == ["t1"]
    assert not position.is_behind
