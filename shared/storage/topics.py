"""The Kafka topics of the platform: names, partitions, settings, and the headers of their records. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PARTITIONS = 12
"""Partitions of `ticket-events`. The hash of a ticket's uid selects its partition, so the number never changes."""

GENERATION = "ce_generation"
"""Header of an event's record: the generation that published it."""

GENERATION_DIGITS = 12
"""Most digits of a generation. A generation is at most a time in seconds since 1970."""

ANY_RECORD = {"message.timestamp.after.max.ms": str(2**63 - 1), "compression.type": "uncompressed"}
"""Settings of both topics. A record may have any date, because clocks may be wrong. The broker decompresses what others
write compressed: then `max.message.bytes` limits its full size, and every consumer can read it."""

SOURCE = b"/ticketstream/command"
"""Value of the header `ce_source`: the source of all events."""


def headers_of(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, bytes]:
    """Return a record's headers by name. For a repeated name, this is the last one with a value."""
    return {name: value for name, value in headers if value is not None}


def generation_of(headers: Mapping[str, bytes]) -> int | None:
    """Return the generation in a record's headers, or None when it is missing or invalid."""
    named = headers.get(GENERATION, b"")
    return int(named) if named.isdigit() and len(named) <= GENERATION_DIGITS else None


def why_foreign(key: bytes | None, headers: Mapping[str, bytes], ticket: str) -> str | None:
    """Return what shows that no relay wrote a record; None when neither its source nor its key does.

    `ticket`: the uid in its header `ce_id`.
    """
    if headers.get("ce_source") != SOURCE:
        return "no relay wrote it: its header ce_source is another one"
    if key != ticket.encode():
        return "no relay wrote it: its key is not its ticket"
    return None


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics under one prefix, so that several platforms can share a Kafka cluster."""

    prefix: str = ""

    @property
    def ticket_events(self) -> str:
        """Return the name of the topic of events. Key: ticket uid. Value: the contract's event JSON. Kept forever."""
        return f"{self.prefix}ticket-events"

    @property
    def directory(self) -> str:
        """Return the name of the directory's topic. Key: uid. It is compacted, with one partition for a total order."""
        return f"{self.prefix}directory"

    def definitions(self) -> tuple["TopicDefinition", ...]:
        """Return the topics that must exist before a service starts."""
        return (
            TopicDefinition(
                self.ticket_events, PARTITIONS, {"retention.ms": "-1", "retention.bytes": "-1"} | ANY_RECORD
            ),
            TopicDefinition(self.directory, 1, {"cleanup.policy": "compact"} | ANY_RECORD),
        )


@dataclass(frozen=True, slots=True)
class TopicDefinition:
    """A topic to create. `config` holds Kafka's topic settings."""

    name: str
    partitions: int
    config: dict[str, str]
