"""The addresses from which logins succeeded: they distinguish users from a flood of strangers.

Pure, with limited memory.
"""

from collections import Counter
from collections.abc import Hashable

from shared.lru import LruCache

KEPT = 10_000
"""Pairs of login and address that are remembered; the most recent ones."""
OF_ONE_LOGIN = 50
"""Addresses of one login. One account with many addresses cannot displace the pairs of others."""


class KnownPlaces:
    """Remembers which logins succeeded from which addresses. It gets only digests of both."""

    def __init__(self) -> None:
        self._addresses: LruCache[bytes, LruCache[bytes, None]] = LruCache()
        """By login. `add` bounds how many there are."""
        self._logins_at: Counter[bytes] = Counter()
        self._size = 0

    def __len__(self) -> int:
        """Return the number of remembered pairs of login and address."""
        return self._size

    def has_login_at(self, login: bytes, address: bytes) -> bool:
        """Return whether this login succeeded from this address."""
        own = self._addresses.get(login)
        return own is not None and address in own

    def has_address(self, address: bytes) -> bool:
        """Return whether any login succeeded from this address."""
        return address in self._logins_at

    def path(self, login: bytes, address: bytes) -> tuple[Hashable, ...]:
        """Return the path of a waiting login in the `FairQueue`.

        A login that is known at this address is grouped by login first. So a user with many known addresses gets no
        more than others. Other logins are grouped by address first.
        """
        return ("login", login, address) if self.has_login_at(login, address) else ("address", address, login)

    def add(self, login: bytes, address: bytes) -> None:
        """Remember that this login succeeded from this address."""
        own = self._addresses.get(login) or LruCache(OF_ONE_LOGIN)
        self._addresses.put(login, own)
        if address not in own:
            self._size += 1
            self._logins_at[address] += 1
        for dropped, _ in own.put(address, None):
            self._forget(dropped)
        if self._size > KEPT:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        login = next(iter(self._addresses))
        own = self._addresses[login]
        address, _ = own.pop_oldest()
        if not own:
            self._addresses.pop(login)
        self._forget(address)

    def _forget(self, address: bytes) -> None:
        self._logins_at[address] -= 1
        if not self._logins_at[address]:
            del self._logins_at[address]
        self._size -= 1
