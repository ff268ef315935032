"""Tickets as lists of events, and publishing them to the topic."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.command.relay.topic_writer import message_of
from shared.clock import instant
from shared.kafka.publishing import producer, publish
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics
from tests.support.data.contract_examples import example
from tests.support.data.directory import NORTH

AT_NORTH = {"agencyUid": NORTH, "locationReferenceType": "AgencyLocation"}

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
"""A W3C Trace Context that is not sampled."""

USER = "00000000-0000-4000-8000-0000000000aa"
"""Uid of the user who sent the commands of these events."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as the event store holds it."""

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
            "body": json.dumps(self.fields, ensure_ascii=False).encode(),
            "user": USER,
        }


def ticket_uid(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def stored(ticket: str, version: int, event_type: str, /, **changed: Any) -> Stored:
    """Return event number `version` of a ticket: the contract's example with its own processUid."""
    process = str(uuid.uuid5(uuid.UUID(ticket), str(version)))
    fields = example("event", event_type, aggregateUid=ticket, **({"processUid": process} | changed))
    return Stored(ticket, version, fields)


def life(ticket: str, versions: int, **opening: Any) -> list[Stored]:
    """Return all events of a ticket: opened at North, commented on, closed by its last event."""
    opened = stored(ticket, 1, "TicketOpened", **({"locationRef": AT_NORTH} | opening))
    comments = [stored(ticket, version, "MessageAdded") for version in range(2, versions)]
    return [opened, *comments, stored(ticket, versions, "TicketCancelled")]


async def publish_events(settings: EngineSettings, events: Iterable[Stored], generation: int = 1) -> None:
    """Publish events to the topic as the relay does."""
    async with producer(settings.kafka) as sender:
        messages = [message_of(event.document(), TRACEPARENT, generation) for event in events]
        await publish(sender, Topics(settings.topic_prefix).ticket_events, messages)


def interleaved(lives: Sequence[Sequence[Stored]]) -> list[Stored]:
    """Return the first events of all tickets, then their second events, and so on."""
    longest = max(map(len, lives))
    return [events[step] for step in range(longest) for events in lives if step < len(events)]
