"""Stopped partitions: when an event stops its partition, and when it is tried again."""

from services.projector.intake.stopped_partitions import ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE, StoppedPartitions
from shared.storage.checkpoints import StoppedPartition

EVENT = StoppedPartition(4, 17, "it is too large")


def test_an_event_is_refused_some_times_before_its_partition_is_stopped() -> None:
    stops = StoppedPartitions()
    assert [stops.refused(EVENT, 0) for _ in range(ATTEMPTS)] == [False] * (ATTEMPTS - 1) + [True]
    assert stops.all == [EVENT]
    assert 4 in stops


def test_refusals_are_counted_by_event_across_other_events() -> None:
    stops, later, other = StoppedPartitions(), StoppedPartition(4, 18, ""), StoppedPartition(5, 17, "")
    assert not stops.refused(EVENT, 0)
    assert not any(stops.refused(later, 0) for _ in range(ATTEMPTS - 1))
    assert not any(stops.refused(one, 0) for _ in range(ATTEMPTS - 1) for one in (EVENT, other))
    assert stops.refused(EVENT, 0)
    assert stops.refused(other, 0)


def test_a_stopped_partition_is_tried_again_after_growing_pauses() -> None:
    stops, now = StoppedPartitions(), 0.0
    stops.stop(EVENT, now)
    pauses = []
    for _ in range(12):
        began = now
        while not stops.try_again(now):
            now += 0.5
        assert stops.on_trial == {4}
        assert stops.all == [EVENT]
        pauses.append(now - began)
        assert stops.refused(EVENT, now)
        assert not stops.on_trial
    assert pauses == sorted(pauses)
    assert pauses[0] == FIRST_PAUSE + 0.5
    assert pauses[-1] == LONGEST_PAUSE + 0.5


def test_all_partitions_are_tried_again_after_a_change() -> None:
    stops = StoppedPartitions()
    stops.stop(EVENT, 0)
    stops.try_all()
    assert stops.on_trial == {4}


def test_a_stop_is_forgotten_when_its_partition_has_moved() -> None:
    stops = StoppedPartitions()
    stops.stop(EVENT, 0)
    stops.reached({4: 17, 5: 3})
    assert stops.all == [EVENT]
    stops.reached({4: 18})
    assert stops.all == []


def test_what_another_worker_has_stopped_is_tried_by_itself_at_once() -> None:
    stops = StoppedPartitions()
    stops.begin([EVENT])
    assert stops.all == [EVENT]
    assert stops.on_trial == {4}
    assert stops.refused(EVENT, 0)
