"""How often a password may be tried: buckets of attempts that refill with time, so that nobody is shut out for ever.

Pure, and bounded in memory: of the buckets, those used last are kept. See decision 0007.
"""

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import Literal

Kind = Literal["address", "login", "both"]


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` attempts at once, then one more every `seconds`."""

    burst: int
    seconds: float


LIMITS: dict[Kind, Limit] = {
    "both": Limit(10, 30.0),
    "address": Limit(100, 3.0),
    "login": Limit(50, 3.0),
}
"""For a login from one address, for one address whatever the login, for a login wherever it comes from."""
KEPT = 20_000

Key = tuple[Kind, bytes, str]


class Attempts:
    """Counts attempts by login and by address: those at which a password was looked at and was wrong."""

    def __init__(self) -> None:
        self._left: OrderedDict[Key, tuple[float, float]] = OrderedDict()
        self._proven: OrderedDict[tuple[bytes, str], None] = OrderedDict()

    def take(self, login: str, address: str, now: float) -> int:
        """Count an attempt at the monotonic time `now` in seconds; 0 if it may be made, else how many seconds to wait.

        An attempt that may not be made is not counted.
        """
        left = {key: self._tokens(key, now) for key in self._keys(login, address)}
        waits = [(1 - tokens) * LIMITS[key[0]].seconds for key, tokens in left.items() if tokens < 1]
        if waits:
            return ceil(max(waits))
        for key, tokens in left.items():
            self._keep(key, tokens - 1, now)
        return 0

    def give_back(self, login: str, address: str, now: float) -> None:
        """Take back the attempt that was counted last: no password was looked at, or it was right."""
        for key in self._keys(login, address):
            self._keep(key, min(self._tokens(key, now) + 1, LIMITS[key[0]].burst), now)

    def prove(self, login: str, address: str) -> None:
        """From now on, attempts on `login` from elsewhere do not count at `address`."""
        known = _digest(login), address
        self._proven[known] = None
        self._proven.move_to_end(known)
        while len(self._proven) > KEPT:
            self._proven.popitem(last=False)

    def _keys(self, login: str, address: str) -> list[Key]:
        digest = _digest(login)
        own: list[Key] = [("both", digest, address), ("address", b"", address)]
        return own if (digest, address) in self._proven else [*own, ("login", digest, "")]

    def _tokens(self, key: Key, now: float) -> float:
        limit = LIMITS[key[0]]
        tokens, at = self._left.get(key, (float(limit.burst), now))
        return min(float(limit.burst), tokens + (now - at) / limit.seconds)

    def _keep(self, key: Key, tokens: float, now: float) -> None:
        self._left[key] = tokens, now
        self._left.move_to_end(key)
        while len(self._left) > KEPT:
            self._left.popitem(last=False)


def _digest(login: str) -> bytes:
    """Stand for a login in few bytes, however long it is."""
    return sha256(login.encode()).digest()
