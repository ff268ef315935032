"""Tickets as their events, and the topic that they stand in."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.command.topic_writer import message_of
from shared.clock import instant
from shared.kafka import producer, publish
from shared.settings import EngineSettings
from shared.topics import Topics
from tests.support.contract import example
from tests.support.directory import NORTH

AT_NORTH = {"agencyUid": NORTH, "locationReferenceType": "AgencyLocation"}

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
"""As W3C's Trace Context writes it: of nobody who records."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as the event store keeps it."""

    ticket: str
    version: int
    fields: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.ticket}:{self.version}"

    def document(self) -> dict[str, Any]:
        return {
            "_id": self.id,
            "ticket": self.ticket,
            "version": self.version,
            "processUid": self.fields["processUid"],
            "type": self.fields["eventType"],
            "sentDate": instant(self.fields["sentDate"]),
            "body": json.dumps(self.fields).encode(),
        }


def ticket_uid(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def stored(ticket: str, version: int, event_type: str, /, **changed: Any) -> Stored:
    """Give the ticket's event number `version`: the contract's example with a processUid of its own."""
    process = str(uuid.uuid5(uuid.UUID(ticket), str(version)))
    fields = example("event", event_type, aggregateUid=ticket, **({"processUid": process} | changed))
    return Stored(ticket, version, fields)


def life(ticket: str, versions: int, **opening: Any) -> list[Stored]:
    """Tell a ticket's life: it is opened at North, commented on, and closed by its last event."""
    opened = stored(ticket, 1, "TicketOpened", **({"locationRef": AT_NORTH} | opening))
    comments = [stored(ticket, version, "MessageAdded") for version in range(2, versions)]
    return [opened, *comments, stored(ticket, versions, "TicketCancelled")]


async def publish_events(settings: EngineSettings, events: Iterable[Stored], generation: int = 1) -> None:
    """Put events into the topic as the relay does."""
    async with producer(settings.kafka) as sender:
        messages = [message_of(event.document(), TRACEPARENT, generation) for event in events]
        await publish(sender, Topics(settings.topic_prefix).ticket_events, messages)


def interleaved(lives: Sequence[Sequence[Stored]]) -> list[Stored]:
    """Put the first events of all lives first, then the second ones, and so on."""
    longest = max(map(len, lives))
    return [events[step] for step in range(longest) for events in lives if step < len(events)]
