"""The lease: the right of one command service to publish; when it dies, another takes over (decision 0017).

The lease is a document with its holder and a mark that changes at each renewal. No clocks are compared: a lease is
free when a challenger saw it unchanged for `TERM_SECONDS` of its own monotonic clock.
"""

import asyncio
import secrets
from time import monotonic
from types import TracebackType

from shared.mongo import Database, Document, DuplicateKeyError

TERM_SECONDS = 3.0
"""Seconds for which a challenger must see the lease unchanged before it takes it. It looks once a second, so this takes
about 4 s."""
RENEW_SECONDS = 1.0


class LeaseHeldError(Exception):
    """Another holder has the lease."""


class LeaseLostError(Exception):
    """Another holder took the lease, because this one did not renew it in time."""


class Lease:
    """The right to be the only active `name`. A refused lease remembers what it saw until the next attempt."""

    def __init__(self, db: Database, name: str, holder: str) -> None:
        self._leases = db.leases
        self._name = name
        self._holder = holder
        self._seen: Document | None = None
        self._seen_since = 0.0

    async def __aenter__(self) -> "Lease":
        """Take the lease; raises `LeaseHeldError` while another holder may still be alive."""
        if not await self._take():
            raise LeaseHeldError
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(self._leases.delete_one({"_id": self._name, "holder": self._holder}))

    async def keep(self) -> None:
        """Renew the lease until cancelled; raises `LeaseLostError` when another holder took it."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            held = {"_id": self._name, "holder": self._holder}
            renewed = await self._leases.update_one(held, {"$set": {"renewal": _mark()}})
            if not renewed.matched_count:
                raise LeaseLostError

    async def _take(self) -> bool:
        """Take the lease if nobody holds it, if this holder had it before a restart, or if its term is over."""
        taken = {"_id": self._name, "holder": self._holder, "renewal": _mark()}
        held = await self._leases.find_one({"_id": self._name})
        if held is None:
            try:
                await self._leases.insert_one(taken)
            except DuplicateKeyError:
                return False
            return True
        if held["holder"] != self._holder:
            if held != self._seen:
                self._seen, self._seen_since = held, monotonic()
            if monotonic() - self._seen_since < TERM_SECONDS:
                return False
        as_seen = {"_id": self._name, "holder": held["holder"], "renewal": held.get("renewal")}
        return bool((await self._leases.replace_one(as_seen, taken)).matched_count)


def _mark() -> str:
    return secrets.token_hex(8)
