"""A lease in MongoDB: of several command services, one publishes; when it dies the next takes over (design, Relay)."""

import asyncio
from types import TracebackType

from shared.mongo import AFTER, Database

TERM_MS = 4_000
RENEW_SECONDS = 1.0


class LeaseHeldError(Exception):
    """Another holder has the lease."""


class LeaseLostError(Exception):
    """Another holder took the lease, because this one was silent for longer than its term."""


class Lease:
    """The right to be the only active `name`; times are MongoDB's own, so that clocks of holders do not matter."""

    def __init__(self, db: Database, name: str, holder: str) -> None:
        self._leases = db.leases
        self._name = name
        self._holder = holder

    async def __aenter__(self) -> "Lease":
        """Take the lease; raises `LeaseHeldError` while another holder lives."""
        if not await self._take():
            raise LeaseHeldError
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(self._leases.delete_one({"_id": self._name, "holder": self._holder}))

    async def keep(self) -> None:
        """Renew the lease until cancelled; raises `LeaseLostError` when it went to another holder."""
        while await self._take():
            await asyncio.sleep(RENEW_SECONDS)
        raise LeaseLostError

    async def _take(self) -> bool:
        """Take or renew the lease if it is ours, over, or nobody's (a missing date is before every other)."""
        free = {"$or": [{"$eq": ["$holder", self._holder]}, {"$lt": ["$until", "$$NOW"]}]}
        until = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": TERM_MS}}
        ours = {"_id": self._name, "holder": self._holder, "until": until}
        held = await self._leases.find_one_and_update(
            {"_id": self._name},
            [{"$replaceWith": {"$cond": [free, ours, "$$ROOT"]}}],
            upsert=True,
            return_document=AFTER,
        )
        return held is not None and bool(held["holder"] == self._holder)
