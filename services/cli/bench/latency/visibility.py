"""Measures how long after the answer to a command its event is in the tickets view."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import COMMAND, BenchStack
from services.cli.bench.load_generator import load
from services.cli.bench.pacing import paced
from services.cli.bench.writes.workload import event_of, lives
from shared.mongo import Database, Timestamp, changes, operation_time
from shared.storage.event_document import read_event_id

CONNECTIONS = 64
SHOWN_WITHIN = 20.0
LOOK_SECONDS = 0.1
GROUP = 1_000
WAIT_MS = 100
WRITTEN: Sequence[Mapping[str, Any]] = [
    {"$match": {"operationType": {"$in": ["insert", "replace"]}}},
    {"$project": {"ticket": "$documentKey._id", "version": "$fullDocument.version"}},
]
"""Pipeline of the change stream of the tickets view."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from each answer until the views showed its event; `rate` is in commands a second."""

    rate: float
    seconds: Sequence[float]


async def highest_rate(stack: BenchStack, seconds: float) -> float:
    """Return how many commands a second `CONNECTIONS` busy connections reach; raises `BenchError`."""
    return (await load(stack.ports[COMMAND], CONNECTIONS, seconds, partial(lives, stack.cookie), {})).rate


async def delays(stack: BenchStack, rate: float, seconds: float) -> Delays:
    """Send `rate` commands a second and return how long after its answer the views show each; raises `BenchError`.

    MongoDB's change stream reports when a ticket is committed by a majority; a list that is read then shows it. Polling
    lists instead would cause more load than the commands.
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
        raise BenchError(f"the views did not show a command {SHOWN_WITHIN:g} s after its answer") from late
    finally:
        watching.cancel()
        await asyncio.wait({watching})


class _Shown:
    """When the views showed which version of a ticket."""

    def __init__(self) -> None:
        self._versions: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)

    async def watch(self, db: Database, since: Timestamp) -> None:
        """Note the versions until cancelled."""
        position = {"startAtOperationTime": since}
        async with aclosing(changes(db.tickets, WRITTEN, position=position, group=GROUP, wait_ms=WAIT_MS)) as groups:
            async for written, _ in groups:
                now = perf_counter()
                for change in written:
                    self._versions[change["ticket"]].append((change["version"], now))

    def delays(self, answered: Mapping[str, float]) -> list[float] | None:
        """Return how long after its answer each event was shown, or None while one is not."""
        found = []
        for event, moment in answered.items():
            ticket, version = read_event_id(event)
            shown = next(
                (at for reached, at in self._versions[ticket] if version is not None and reached >= version), None
            )
            if shown is None:
                return None
            found.append(shown - moment)
        return found
