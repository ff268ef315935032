"""The topics of the platform: names, sizes, and what each is kept for (design, Topics)."""

from collections.abc import Mapping
from dataclasses import dataclass

PARTITIONS = 12
"""Partitions of `ticket-events`; a ticket stays in the one that its uid hashes to, so the number never changes."""

GENERATION = "ce_generation"
"""Header of an event's record: the generation that it was published for."""


def generation_of(headers: Mapping[str, bytes]) -> int | None:
    """Read the generation of a record from its headers; one from before there were such names none."""
    named = headers.get(GENERATION, b"")
    return int(named) if named.isdigit() else None


@dataclass(frozen=True, slots=True)
class Topics:
    """Topic names under one prefix, so that several platforms may share a Kafka."""

    prefix: str = ""

    @property
    def ticket_events(self) -> str:
        """Every accepted event; key = ticket uid, value = the contract's event JSON, kept for ever."""
        return f"{self.prefix}ticket-events"

    @property
    def directory(self) -> str:
        """Agencies, patrimonies, providers and operators; compacted, key = uid, one partition for one order."""
        return f"{self.prefix}directory"

    def definitions(self) -> tuple["TopicDefinition", ...]:
        """List what must exist before a service starts."""
        return (
            TopicDefinition(self.ticket_events, PARTITIONS, {"retention.ms": "-1", "retention.bytes": "-1"}),
            TopicDefinition(self.directory, 1, {"cleanup.policy": "compact"}),
        )


@dataclass(frozen=True, slots=True)
class TopicDefinition:
    """One topic to make: `config` holds the broker's own topic settings."""

    name: str
    partitions: int
    config: dict[str, str]
