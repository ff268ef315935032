"""How long after its answer a command shows in what lists are read from."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from services.cli.bench.failure import BenchFailed
from services.cli.bench.load import load
from services.cli.bench.pacing import paced
from services.cli.bench.stack import COMMAND, Stack
from services.cli.bench.writes.workload import event_of, lives
from shared.mongo import Database, Timestamp, changes, operation_time

CONNECTIONS = 64
SHOWN_WITHIN = 20.0
LOOK_SECONDS = 0.1
GROUP = 1_000
WAIT_MS = 100
WRITTEN: Sequence[Mapping[str, Any]] = [
    {"$match": {"operationType": {"$in": ["insert", "replace"]}}},
    {"$project": {"ticket": "$documentKey._id", "version": "$fullDocument.version"}},
]
"""What is asked of the change stream of the tickets' view."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from an answer until the views showed its event, at a number of commands a second."""

    rate: float
    seconds: Sequence[float]


async def highest_rate(stack: Stack, seconds: float) -> float:
    """Tell how many commands a second are answered when `CONNECTIONS` ask all the time; raises `BenchFailed`."""
    return (await load(stack.ports[COMMAND], CONNECTIONS, seconds, partial(lives, stack.cookie), {})).rate


async def delays(stack: Stack, rate: float, seconds: float) -> Delays:
    """Send `rate` commands a second, and tell how long after its answer the views show each; raises `BenchFailed`.

    MongoDB's change stream tells when a ticket's view is committed by a majority: a list that is asked for then shows
    it. Asking for lists over and over would be more of a load than the commands.
    """
    shown = _Shown()
    answered: dict[str, float] = {}

    def keep(head: bytes, moment: float) -> None:
        answered[event_of(head)] = moment

    watching = asyncio.create_task(shown.watch(stack.db, await operation_time(stack.db)))
    began = perf_counter()
    try:
        await paced(stack.ports[COMMAND], partial(lives, stack.cookie), rate, seconds, keep)
        lasted = perf_counter() - began
        async with asyncio.timeout(SHOWN_WITHIN):
            while (found := shown.delays(answered)) is None:
                if watching.done():
                    watching.result()
                await asyncio.sleep(LOOK_SECONDS)
        return Delays(len(answered) / lasted, found)
    except TimeoutError as late:
        raise BenchFailed(f"the views did not show a command {SHOWN_WITHIN:g} s after its answer") from late
    finally:
        watching.cancel()
        await asyncio.wait({watching})


class _Shown:
    """When the views came to show which version of a ticket."""

    def __init__(self) -> None:
        self._versions: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)

    async def watch(self, db: Database, since: Timestamp) -> None:
        """Take note until cancelled."""
        position = {"startAtOperationTime": since}
        async with aclosing(changes(db.tickets, WRITTEN, position=position, group=GROUP, wait_ms=WAIT_MS)) as groups:
            async for written, _ in groups:
                now = perf_counter()
                for change in written:
                    self._versions[change["ticket"]].append((change["version"], now))

    def delays(self, answered: Mapping[str, float]) -> list[float] | None:
        """Tell how long after its answer each event was shown; None as long as one is not."""
        found = []
        for event, moment in answered.items():
            ticket, _, version = event.partition(":")
            shown = next((at for reached, at in self._versions[ticket] if reached >= int(version)), None)
            if shown is None:
                return None
            found.append(shown - moment)
        return found
