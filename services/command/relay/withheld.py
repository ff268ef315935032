"""Withheld events: those that Kafka refuses. Their tickets wait and are offered again later; all others continue.

A broker refuses a record because of its date, its size or a policy. It refuses the same record until the settings of
the topic or the broker change. Order matters only within a ticket, so only that ticket waits.
"""

from collections.abc import Sequence
from itertools import takewhile

from services.command.relay.topic_writer import TopicWriter
from shared.mongo import Database, Document, Session, not_before, operation_time
from shared.storage.event_document import event_id
from shared.storage.publication import Publication, Withheld, advance_withheld
from shared.telemetry import logger

MOST = 100
"""Tickets that may be withheld. With more, Kafka refuses almost everything, and the relay stops publishing."""
OFFERED_SECONDS = 60.0
"""How often withheld tickets are offered again, in seconds."""
REFUSED_AT_ONCE = 20
"""Refusals after which the remaining tickets wait for the next time."""
READ_AT_ONCE = 16

log = logger(__name__)


class TooManyRefusedError(Exception):
    """Kafka refuses events of too many tickets; the text is one sentence that says what to do."""


def check_few(withheld: Withheld) -> None:
    """Raise `TooManyRefusedError` when more than `MOST` tickets are withheld."""
    if len(withheld) > MOST:
        ticket, event = next(iter(withheld.items()))
        raise TooManyRefusedError(
            f"Kafka refuses events of {len(withheld)} tickets, for instance {event_id(ticket, event.version)} "
            f"({event.reason}); change the settings of the topic or the broker that forbid them."
        )


def unheld(events: Sequence[Document], withheld: Withheld) -> Sequence[Document]:
    """Return the events of tickets that are not withheld; the others are read from the event store later."""
    return [event for event in events if event["ticket"] not in withheld] if withheld else events


async def offer_again(db: Database, topic: TopicWriter, publication: Publication) -> Publication:
    """Publish those withheld events that Kafka now accepts, in order within each ticket. Return the new position.

    A ticket that is refused again moves to the end of the queue.

    Raises `PositionMovedError`, `LostTailError` or `KafkaError`.
    """
    refusals = 0
    async with not_before(db.client, await operation_time(db)) as session:
        for ticket, event in list(publication.withheld.items()):
            if refusals == REFUSED_AT_ONCE:
                break
            version, offsets = event.version, dict[int, range]()
            refused: Withheld = {}
            while not refused and (events := await _read(db, session, ticket, version)):
                published = await topic.publish(events)
                offsets |= published.offsets
                refused = published.withheld
                version += len(events)
            others = {uid: kept for uid, kept in publication.withheld.items() if uid != ticket}
            publication = await advance_withheld(db, publication, offsets, withheld={**others, **refused})
            refusals += len(refused)
            if not refused:
                log.info("withheld_taken", ticket=ticket)
    return publication


async def _read(db: Database, session: Session, ticket: str, version: int) -> list[Document]:
    """Return the next events of a ticket from `version` on, up to the first gap."""
    keys = [event_id(ticket, number) for number in range(version, version + READ_AT_ONCE)]
    found = await db.events.find({"_id": {"$in": keys}}, session=session).to_list(READ_AT_ONCE)
    in_order = sorted(found, key=lambda event: int(event["version"]))
    return [event for _, event in takewhile(lambda pair: pair[0] == pair[1]["version"], enumerate(in_order, version))]
