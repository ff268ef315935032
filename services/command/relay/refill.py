"""The refill: publishes every event of the store again, ticket by ticket, after the topic lost some or all.

Events stored meanwhile are published afterwards, from the change stream. Some of them are published twice, which the
topic allows.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import takewhile

from services.command.relay.topic_writer import Published
from services.command.relay.withheld import check_few
from shared.mongo import Database, Document, not_before
from shared.storage.publication import Publication, Refill, advance_refill, end_refill
from shared.telemetry import logger

GROUP = 1_000
"""Events after which the position is saved; the events of one ticket are never separated."""
FETCHED_AT_ONCE = 1_000

Publish = Callable[[Sequence[Document]], Awaitable[Published]]
"""Publishes events in their order and returns the outcome."""

log = logger(__name__)


async def run_refill(db: Database, publication: Publication, refill: Refill, publish: Publish) -> Publication:
    """Continue the `refill` of `publication` to its end, and return the publication position after it.

    Raises `PositionMovedError` or `TooManyRefusedError`.
    """
    after, done = refill.after, refill.done
    log.info("refill_started", after=after, done=done)
    async for group in _groups(_tickets(db, publication, after)):
        check_few(publication.withheld)
        published = await publish(group)
        withheld = {**publication.withheld, **published.withheld}
        after, done = group[-1]["ticket"], done + len(group)
        publication = await advance_refill(db, publication, after, done, published.offsets, withheld=withheld)
    log.info("refill_ended", done=done)
    return await end_refill(db, publication)


async def _groups(tickets: AsyncIterator[list[Document]]) -> AsyncIterator[list[Document]]:
    """Yield the events of whole tickets, in groups of `GROUP` or a few more."""
    group: list[Document] = []
    async for events in tickets:
        group += _without_gap(events)
        if len(group) >= GROUP:
            yield group
            group = []
    if group:
        yield group


async def _tickets(db: Database, publication: Publication, after: str) -> AsyncIterator[list[Document]]:
    """Yield the events ticket by ticket, for the tickets after uid `after`.

    They include all events that were stored when the refill began.
    """
    events: list[Document] = []
    async with not_before(db.client, publication.start_at) as session:
        beyond = {"ticket": {"$gt": after}}
        stored = db.events.find(beyond, session=session, batch_size=FETCHED_AT_ONCE).hint("once")
        async for event in stored.sort([("ticket", 1), ("processUid", 1)]):
            if events and event["ticket"] != events[0]["ticket"]:
                yield events
                events = []
            events.append(event)
    if events:
        yield events


def _without_gap(events: Sequence[Document]) -> list[Document]:
    """Return a ticket's events in order, up to the first gap: an event stored during the read may be missing."""
    in_order = sorted(events, key=lambda event: int(event["version"]))
    numbered = takewhile(lambda pair: pair[0] == pair[1]["version"], enumerate(in_order, 1))
    return [event for _, event in numbered]
