"""The page of the platform: rates, waiting events, problems."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.gateway.console.platform_reads import Sample
from services.gateway.console.shown_platform import problems, rates, shown_platform
from shared.mongo import Timestamp
from shared.storage.checkpoints import NEVER, Checkpoint, StoppedPartition
from shared.storage.publication import Publication, Refill, WithheldEvent
from shared.storage.waiting_events import LATE_MS, Unpublished

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def beat(name: str, service: str, failure: str | None = None) -> dict[str, Any]:
    return {"_id": name, "service": service, "restarts": 2, "relayFailure": failure}


ALL = [beat("projector-1", "projector"), beat("command-1", "command"), beat("gateway", "gateway")]


def checkpoint(partition: int, offset: int, stopped: str | None = None, feed_until: datetime = NOW) -> Checkpoint:
    stop = StoppedPartition(partition, offset, stopped) if stopped else None
    return Checkpoint(partition, 1, offset, feed_until, 0, 0, stopped=stop)


def sample(**changed: Any) -> Sample:
    publication = Publication(1, {}, None, Timestamp(1, 1), changed.pop("ends", {0: 10, 1: 20}), None, (), {})
    facts: dict[str, Any] = {
        "at": NOW,
        "taken": 100.0,
        "heartbeats": ALL,
        "publication": publication,
        "checkpoints": [checkpoint(0, 10), checkpoint(1, 15)],
        "unpublished": Unpublished(3, NOW, exact=True),
        "events": 33,
        "tickets": 7,
        "requests": 50.0,
        "reads_waiting": 0.0,
        "connections": 2.0,
    }
    return Sample(**facts | changed)


def test_waiting_events_are_counted_by_partition() -> None:
    shown = shown_platform([sample()])
    assert [(one.number, one.end, one.offset, one.behind) for one in shown["partitions"]] == [
        (0, 10, 10, 0),
        (1, 20, 15, 5),
    ]
    assert (shown["unapplied"], shown["unpublished"].events, shown["feed_age"]) == (5, 3, 0)
    assert shown["running"] == {"gateway": 1, "command": 1, "projector": 1}
    assert [one["_id"] for one in shown["processes"]] == ["gateway", "command-1", "projector-1"]


def test_rates_are_those_between_the_first_and_the_last_sample() -> None:
    later = sample(taken=104.0, events=41, ends={0: 14, 1: 24}, requests=52.0, checkpoints=[checkpoint(0, 30)])
    found = rates([sample(), later])
    assert (found.requests, found.stored, found.published, found.applied) == (0.5, 2.0, 2.0, 1.25)
    assert rates([later]).stored is None
    assert rates([sample(events=50), sample(taken=101.0)]).stored == 0  # an estimate may fall


def test_the_age_of_the_feed_is_that_of_the_partition_furthest_behind() -> None:
    behind = checkpoint(1, 1, feed_until=NOW - timedelta(seconds=2))
    assert shown_platform([sample(checkpoints=[checkpoint(0, 1), behind])])["feed_age"] == 2_000
    never = checkpoint(1, 1, feed_until=NEVER)
    assert shown_platform([sample(checkpoints=[checkpoint(0, 1), never])])["feed_age"] is None


def test_what_waits_for_a_minute_is_a_problem() -> None:
    def named(**changed: Any) -> list[str]:
        return [key for key, _ in problems(sample(**changed))]

    minute, nearly = NOW - timedelta(milliseconds=LATE_MS), NOW - timedelta(milliseconds=LATE_MS - 1)
    waiting = Unpublished(1, minute, exact=True)
    assert named(unpublished=waiting) == ["platform.problem.unpublished"]
    assert named(checkpoints=[checkpoint(0, 10, feed_until=minute)]) == ["platform.problem.feed"]
    assert named(unpublished=Unpublished(1, nearly, exact=True), checkpoints=[checkpoint(0, 10, None, nearly)]) == []
    assert named(unpublished=Unpublished(0, None, exact=True), checkpoints=[checkpoint(0, 10, None, NEVER)]) == []
    refill = Publication(2, {}, None, Timestamp(1, 1), {}, Refill("", 1, 3), (), {})
    assert named(publication=refill, unpublished=waiting, checkpoints=[checkpoint(0, 10, None, minute)]) == []


def test_unpublished_events_that_cannot_be_counted_are_a_problem() -> None:
    shown = shown_platform([sample(unpublished=None)])
    assert (shown["unpublished"], shown["problems"]) == (None, [("platform.problem.uncounted", {})])


def test_a_service_that_this_release_does_not_know_stands_at_the_end() -> None:
    shown = shown_platform([sample(heartbeats=[beat("archive", "archivist"), *ALL])])
    assert [one["_id"] for one in shown["processes"]] == ["gateway", "command-1", "projector-1", "archive"]


def test_problems_name_what_stands_still() -> None:
    assert list(problems(sample())) == []
    assert [named["service"] for _, named in problems(sample(heartbeats=ALL[2:]))] == ["command", "projector"]
    failing = [*ALL, beat("command-2", "command", "Kafka is away.")]
    stopped = [checkpoint(4, 9, "The event is unknown.")]
    found = list(problems(sample(heartbeats=failing, checkpoints=stopped)))
    assert [key for key, _ in found] == ["platform.problem.relay", "platform.problem.stopped"]
    publication = Publication(1, {}, None, Timestamp(1, 1), {}, None, (), {"t": WithheldEvent(1, NOW, "too large")})
    assert [key for key, _ in problems(sample(publication=publication))] == ["platform.problem.withheld"]
