"""Measures commands a second, in rounds in which the servers take turns under the same conditions."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import psutil

from services.cli.bench import rounds
from services.cli.bench.bench_stack import COMMAND, GATEWAY, BenchStack
from services.cli.bench.load_generator import Load, load
from services.cli.bench.rounds import median_percentile
from services.cli.bench.watched_topic import WatchedTopic
from services.cli.bench.writes.workload import lives

BARE = "bare"
PLAIN = "plain"

SERVERS = (BARE, PLAIN, COMMAND, GATEWAY)
GENERATOR = "load"


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of the rounds: commands a second, times of an answer in seconds, shares of a core by process."""

    rate: float
    p50: float
    p99: float
    cpu: Mapping[str, float]

    def processor_seconds(self, name: str) -> float:
        """Return the processor time of the process `name` for each command."""
        return self.cpu[name] / self.rate


def loads(connections: Sequence[int]) -> int:
    """Return how many loads `measure` makes."""
    return rounds.ROUNDS * len(SERVERS) * len(connections)


async def measure(
    stack: BenchStack, topic: WatchedTopic, connections: Sequence[int], seconds: float, done: Callable[[], None]
) -> dict[int, dict[str, Figures]]:
    """Measure every server at every number of connections, `seconds` each time; `done` is called after each load.

    A load begins when all events of earlier loads are in the topic. Raises `BenchError`.
    """
    processes = {GENERATOR: psutil.Process(os.getpid()), **stack.programs.processes}
    figures: dict[int, dict[str, Figures]] = {}
    for count in connections:
        taken: dict[str, list[Load]] = {server: [] for server in SERVERS}
        for _ in range(rounds.ROUNDS):
            for server in SERVERS:
                watched = {name: processes[name] for name in taking_part(server) if name in processes}
                done_by_one = await load(stack.ports[server], count, seconds, partial(lives, stack.cookie), watched)
                taken[server].append(done_by_one)
                if COMMAND in watched:
                    topic.expected += done_by_one.answered
                    await topic.filled()
                done()
        figures[count] = {server: _figures(measured) for server, measured in taken.items()}
    return figures


def taking_part(server: str) -> tuple[str, ...]:
    """Return the names of the processes that work while `server` is under load."""
    engines = ("mongod", "kafka")
    behind = {BARE: (), PLAIN: engines, COMMAND: engines, GATEWAY: (COMMAND, *engines)}
    return (GENERATOR, server, *behind[server])


def _figures(measured: Sequence[Load]) -> Figures:
    return Figures(
        rate=median(one.rate for one in measured),
        p50=median_percentile((one.latencies for one in measured), 50),
        p99=median_percentile((one.latencies for one in measured), 99),
        cpu={name: median(one.cpu[name] for one in measured) for name in measured[0].cpu},
    )
