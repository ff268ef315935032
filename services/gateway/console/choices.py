"""The agencies and providers that forms offer, remembered until the directory changes."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from services.gateway.console.shown_list import Choice, offered_agencies, offered_providers
from shared.accounts.scopes import Visible
from shared.directory.entries import Directory
from shared.lru import LruCache
from shared.process.offloading import offloaded

REMEMBERED: Final = 100
"""Lists that are remembered: the providers, and the agencies of each scope."""
ENTRY_BYTES: Final = 100
"""Bytes of an entry, to decide whether the sorting of all entries is left to a thread."""


class Choices:
    """Makes each list once. Those who ask meanwhile wait for it."""

    def __init__(self) -> None:
        self._directory: Directory | None = None
        self._made: LruCache[Visible | None, Sequence[Choice]] = LruCache(REMEMBERED)
        """The agencies by scope, and the providers under None."""
        self._turn = asyncio.Lock()

    async def agencies(self, directory: Directory, visible: Visible) -> Sequence[Choice]:
        """Return the agencies that a user may choose."""
        return await self._offered(
            directory, visible, len(directory.agencies), partial(offered_agencies, directory, visible)
        )

    async def providers(self, directory: Directory) -> Sequence[Choice]:
        """Return the providers of the directory."""
        return await self._offered(directory, None, len(directory.providers), partial(offered_providers, directory))

    async def _offered(
        self, directory: Directory, key: Visible | None, entries: int, make: Callable[[], Sequence[Choice]]
    ) -> Sequence[Choice]:
        async with self._turn:
            if directory is not self._directory:
                self._directory = directory
                self._made.clear()
            offered = self._made.use(key)
            if offered is None:
                offered = await offloaded(entries * ENTRY_BYTES, make)
                self._made.put(key, offered)
            return offered
