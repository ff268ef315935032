"""What the page of the platform shows: the path of a command with rates and waiting events, and problems."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from services.gateway.console.platform_reads import Sample
from services.gateway.console.writing import cut
from shared.storage.checkpoints import NEVER
from shared.storage.waiting_events import LATE_MS, unapplied

SERVICES: Final = ("gateway", "command", "projector")
LONGEST_REASON: Final = 400
MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Events, or requests, per second between the first and the last sample; None with a single sample."""

    requests: float | None = None
    stored: float | None = None
    published: float | None = None
    applied: float | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """How far a partition of the topic is: its next offset, and the next one to apply."""

    number: int
    end: int
    offset: int
    behind: int
    reason: str | None


def shown_platform(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return what the page shows of `samples`, the newest at the end."""
    now = samples[-1]
    waiting = unapplied(now.publication, now.checkpoints)
    partitions = [
        Partition(
            number=one.partition,
            end=now.publication.ends.get(one.partition, 0),
            offset=one.offset,
            behind=len(waiting.get(one.partition, ())),
            reason=cut(one.stopped.reason, LONGEST_REASON) if one.stopped else None,
        )
        for one in now.checkpoints
    ]
    return {
        "at": now.at,
        "rates": rates(samples),
        "running": {service: sum(beat["service"] == service for beat in now.heartbeats) for service in SERVICES},
        "processes": sorted(now.heartbeats, key=lambda beat: (_place(beat["service"]), beat["_id"])),
        "partitions": partitions,
        "generation": now.publication.generation,
        "refill": now.publication.refill,
        "unpublished": now.unpublished,
        "unapplied": sum(partition.behind for partition in partitions),
        "published": sum(now.publication.ends.values()),
        "events": now.events,
        "tickets": now.tickets,
        "feed_age": _feed_age(now),
        "reads_waiting": int(now.reads_waiting),
        "connections": int(now.connections),
        "problems": list(problems(now)),
    }


def rates(samples: Sequence[Sample]) -> Rates:
    """Return the rates between the first and the last sample."""
    first, last = samples[0], samples[-1]
    seconds = last.taken - first.taken
    if seconds <= 0:
        return Rates()

    def per_second(before: float, after: float) -> float:
        return max(0.0, after - before) / seconds

    return Rates(
        requests=per_second(first.requests, last.requests),
        stored=per_second(first.events, last.events),
        published=per_second(sum(first.publication.ends.values()), sum(last.publication.ends.values())),
        applied=per_second(_applied(first), _applied(last)),
    )


def problems(now: Sample) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the keys of texts about what needs an operator, with what the texts name."""
    for service in SERVICES:
        if not any(beat["service"] == service for beat in now.heartbeats):
            yield "platform.problem.service", {"service": service}
    for beat in now.heartbeats:
        if beat["relayFailure"]:
            yield "platform.problem.relay", {"name": beat["_id"], "reason": cut(beat["relayFailure"], LONGEST_REASON)}
    for checkpoint in now.checkpoints:
        if stop := checkpoint.stopped:
            reason = cut(stop.reason, LONGEST_REASON)
            yield "platform.problem.stopped", {"partition": stop.partition, "offset": stop.offset, "reason": reason}
    if now.publication.withheld:
        yield "platform.problem.withheld", {"count": len(now.publication.withheld)}
    if now.unpublished is None:
        yield "platform.problem.uncounted", {}
    if now.publication.refill is None:
        yield from _late(now)


def _late(now: Sample) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a problem for the events, and one for the feed, if they are late. All events are, during a refill."""
    oldest = now.unpublished.oldest if now.unpublished else None
    if oldest and (now.at - oldest) / MILLISECOND >= LATE_MS:
        yield "platform.problem.unpublished", {}
    if (_feed_age(now) or 0) >= LATE_MS:
        yield "platform.problem.feed", {}


def _feed_age(sample: Sample) -> float | None:
    """Return for how many milliseconds the feed is not complete; None if it never was."""
    closed = min((one.feed_until for one in sample.checkpoints), default=NEVER)
    return None if closed == NEVER else max(0, (sample.at - closed) / MILLISECOND)


def _place(service: str) -> int:
    """Return the place of a service in the path of a command. One that only a newer release has stands at the end."""
    return SERVICES.index(service) if service in SERVICES else len(SERVICES)


def _applied(sample: Sample) -> int:
    return sum(checkpoint.offset for checkpoint in sample.checkpoints)
