"""The refill: every event of the store published once more, ticket by ticket, where the topic lost some or all.

What is stored while it runs comes from the change stream afterwards; a part of it twice, which the topic allows.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import takewhile

from shared.mongo import Database, Document, not_before
from shared.relay_position import advance_refill, end_refill
from shared.telemetry import logger

GROUP = 1_000
"""Events after which the position is saved; a ticket is never parted."""
FETCHED_AT_ONCE = 1_000

Publish = Callable[[Sequence[Document]], Awaitable[Mapping[int, range]]]
"""Publishes events in their order and returns the offsets of every partition written to."""

log = logger(__name__)


async def refill(db: Database, progress: Document, publish: Publish) -> Document:
    """Go on with the refill that `progress` tells of, to its end; returns the progress as it is then."""
    done = progress["refill"]["done"]
    log.info("refill_started", after=progress["refill"]["after"], done=done)
    group: list[Document] = []
    async for events in _tickets(db, progress):
        group += _without_gap(events)
        if len(group) >= GROUP:
            done += len(group)
            await advance_refill(db, progress, group[-1]["ticket"], done, await publish(group))
            group = []
    if group:
        await advance_refill(db, progress, group[-1]["ticket"], done + len(group), await publish(group))
    log.info("refill_ended", done=done + len(group))
    return await end_refill(db, progress)


async def _tickets(db: Database, progress: Document) -> AsyncIterator[list[Document]]:
    """Yield the events of one ticket after the other, all that were stored when the refill began among them."""
    events: list[Document] = []
    async with not_before(db.client, progress["startAt"]) as session:
        beyond = {"ticket": {"$gt": progress["refill"]["after"]}}
        stored = db.events.find(beyond, session=session, batch_size=FETCHED_AT_ONCE).hint("once")
        async for event in stored.sort([("ticket", 1), ("processUid", 1)]):
            if events and event["ticket"] != events[0]["ticket"]:
                yield events
                events = []
            events.append(event)
    if events:
        yield events


def _without_gap(events: Sequence[Document]) -> list[Document]:
    """Put a ticket's events in order, up to the first that was stored behind the reader's back."""
    in_order = sorted(events, key=lambda event: int(event["version"]))
    numbered = takewhile(lambda pair: pair[0] == pair[1]["version"], enumerate(in_order, 1))
    return [event for _, event in numbered]
