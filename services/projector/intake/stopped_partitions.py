"""Stopped partitions: why each is stopped, and when its next event is tried again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.storage.checkpoints import StoppedPartition

ATTEMPTS = 3
"""How often an event that fails by itself is tried before its partition is stopped."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds until a stopped partition is tried again, doubled each time: the event may not be the reason."""


@dataclass(slots=True)
class _Stop:
    partition: StoppedPartition
    pause: float
    again_at: float
    is_on_trial: bool = False


class StoppedPartitions:
    """The stopped partitions of this worker. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._stops: dict[int, _Stop] = {}
        self._refusals: dict[int, tuple[int, int]] = {}
        """By partition, the offset of the last refused event, and how often it was refused."""

    def __contains__(self, number: int) -> bool:
        return number in self._stops

    @property
    def all(self) -> list[StoppedPartition]:
        """Return the stopped partitions, including those on trial."""
        return [stop.partition for stop in self._stops.values()]

    @property
    def on_trial(self) -> frozenset[int]:
        """Return the partitions whose next event is tried again, alone."""
        return frozenset(number for number, stop in self._stops.items() if stop.is_on_trial)

    def begin(self, stopped: Iterable[StoppedPartition]) -> None:
        """Continue with partitions that another worker has stopped. Each is tried again at once."""
        for one in stopped:
            self._stops[one.partition] = _Stop(one, FIRST_PAUSE, 0.0, is_on_trial=True)

    def stop(self, stopped: StoppedPartition, now: float) -> None:
        """Stop a partition. If the same event stopped it before, it waits twice as long."""
        before = self._stops.get(stopped.partition)
        again = before is not None and before.partition.offset == stopped.offset
        pause = min(LONGEST_PAUSE, 2 * before.pause) if before and again else FIRST_PAUSE
        self._stops[stopped.partition] = _Stop(stopped, pause, now + pause)

    def refused(self, stopped: StoppedPartition, now: float) -> bool:
        """Count that an event was refused by itself. After enough refusals, stop its partition and return True."""
        offset, times = self._refusals.get(stopped.partition, (stopped.offset, 0))
        times = times + 1 if offset == stopped.offset else 1
        self._refusals[stopped.partition] = (stopped.offset, times)
        if times < ATTEMPTS and stopped.partition not in self._stops:
            return False
        self.stop(stopped, now)
        return True

    def try_again(self, now: float) -> list[int]:
        """Put the partitions whose pause is over on trial, and return them."""
        due = [number for number, stop in self._stops.items() if not stop.is_on_trial and now > stop.again_at]
        for number in due:
            self._stops[number].is_on_trial = True
        return due

    def try_all(self) -> None:
        """Put all partitions on trial, because something has changed that may help."""
        for stop in self._stops.values():
            stop.is_on_trial = True

    def reached(self, offsets: Mapping[int, int]) -> None:
        """Forget the stops of the partitions that have moved to other `offsets`."""
        for number, offset in offsets.items():
            if number in self._stops and offset != self._stops[number].partition.offset:
                del self._stops[number]

    def forget(self) -> None:
        """Forget all partitions: they belong to another worker now."""
        self._stops.clear()
        self._refusals.clear()
