"""Rate limits of login attempts: buckets that refill with time, so that nobody is locked out forever.

Pure, with limited memory: the most recently used buckets are kept. See decision 0007.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from math import ceil
from typing import Literal, NamedTuple

from services.gateway.passwords.known_places import KnownPlaces
from shared.http.addresses import Origin
from shared.lru import LruCache

Kind = Literal["both", "address", "login", "checks of both", "checks of an address"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit: `burst` attempts at once, then one more every `seconds`."""

    burst: int
    seconds: float


ATTEMPT_LIMITS: dict[Kind, Limit] = {
    "both": Limit(10, 30.0),
    "address": Limit(100, 3.0),
    "login": Limit(50, 3.0),
    "checks of both": Limit(100, 3.0),
    "checks of an address": Limit(300, 1.0),
}
"""Rate limits by kind of bucket.

`both`: a login from one address; `address`: any login from one address; `login`: a login from any address. These three
count wrong passwords. The others count all checks, because right and wrong passwords cost the same.
"""
CHECKS: frozenset[Kind] = frozenset({"checks of both", "checks of an address"})
OWN: frozenset[Kind] = frozenset({"both", "checks of both"})
"""Kinds that limit a login from an address where it succeeded before. Other logins cannot empty these buckets."""
KEPT = 10_000
"""Buckets kept of each kind. After so many others, a forgotten bucket would be nearly full again."""

Key = tuple[Kind, bytes, bytes]


class TooManyAttemptsError(Exception):
    """No attempt is allowed now. The next one is allowed in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} seconds")
        self.seconds = seconds


class Attempt(NamedTuple):
    """An attempt, and the buckets in which it was counted."""

    origin: Origin
    counted: tuple[Key, ...]


class Attempts:
    """Counts attempts by login and by address, and remembers which logins succeeded from which address."""

    def __init__(self) -> None:
        self._left: dict[Kind, LruCache[Key, tuple[float, float]]] = {kind: LruCache(KEPT) for kind in ATTEMPT_LIMITS}
        self.known = KnownPlaces()

    def take(self, login: str, address: str, now: float) -> Attempt:
        """Count an attempt at the monotonic time `now` in seconds.

        Raises `TooManyAttemptsError`; a refused attempt is not counted.
        """
        origin = Origin.of(login, address)
        limiting: Container[Kind] = OWN if self.known.has_login_at(*origin) else ATTEMPT_LIMITS
        left = {key: self._tokens(key, now) for key in _keys(*origin)}
        waits = [
            (1 - tokens) * ATTEMPT_LIMITS[key[0]].seconds
            for key, tokens in left.items()
            if tokens < 1 and key[0] in limiting
        ]
        if waits:
            raise TooManyAttemptsError(ceil(max(waits)))
        counted = {key: tokens for key, tokens in left.items() if tokens >= 1}
        for key, tokens in counted.items():
            self._keep(key, tokens - 1, now)
        return Attempt(origin, tuple(counted))

    def succeed(self, attempt: Attempt, now: float) -> None:
        """Record that the password was right: count the attempt only as a check, and remember login and address."""
        self._give_back((key for key in attempt.counted if key[0] not in CHECKS), now)
        self.known.add(*attempt.origin)

    def cancel(self, attempt: Attempt, now: float) -> None:
        """Undo the count of an attempt whose password was not checked."""
        self._give_back(attempt.counted, now)

    def _give_back(self, keys: Iterable[Key], now: float) -> None:
        for key in keys:
            self._keep(key, self._tokens(key, now) + 1, now)

    def _tokens(self, key: Key, now: float) -> float:
        limit = ATTEMPT_LIMITS[key[0]]
        tokens, at = self._left[key[0]].get(key) or (float(limit.burst), now)
        return min(float(limit.burst), tokens + (now - at) / limit.seconds)

    def _keep(self, key: Key, tokens: float, now: float) -> None:
        buckets = self._left[key[0]]
        if tokens >= ATTEMPT_LIMITS[key[0]].burst:  # as full as an unused bucket
            buckets.pop(key)
        else:
            buckets.put(key, (tokens, now))


def _keys(login: bytes, address: bytes) -> tuple[Key, ...]:
    return (
        ("both", login, address),
        ("address", b"", address),
        ("login", login, b""),
        ("checks of both", login, address),
        ("checks of an address", b"", address),
    )
