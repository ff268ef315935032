"""Measures answers a second and the time of each answer, in rounds in which the questions take turns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from statistics import median

from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import GATEWAY, BenchStack
from services.cli.bench.load_generator import load, percentile
from services.cli.bench.reads.questions import FIRST_PAGE, Question

ROUNDS = 3
PAGE = "page"
CEILING = "its bytes from memory"
"""The comparison for the first page: a server that only answers with the bytes of that page."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of the rounds: answers a second, and times of an answer in seconds."""

    rate: float
    p50: float
    p99: float


Answers = Mapping[int, Mapping[str, Figures]]
"""Figures by number of connections and name of the question."""


def loads(asked: Sequence[Question], connections: Sequence[int]) -> int:
    """Return how many loads `measure` makes."""
    return ROUNDS * len(connections) * (len(asked) + 1)


async def measure(
    stack: BenchStack, asked: Sequence[Question], connections: Sequence[int], seconds: float, done: Callable[[], None]
) -> Answers:
    """Ask each question for `seconds` at a time, the ceiling right after the first page; raises `BenchError`."""
    turns = [(question.name, GATEWAY, question.target) for question in asked]
    turns.insert(1, (CEILING, PAGE, asked[0].target))
    assert asked[0].name == FIRST_PAGE  # noqa: S101 - the ceiling's turn follows it
    figures: dict[int, dict[str, Figures]] = {}
    for count in connections:
        taken: dict[str, list[Figures]] = {name: [] for name, _, _ in turns}
        for _ in range(ROUNDS):
            for name, server, target in turns:
                try:
                    taken[name].append(await _asked(stack, stack.ports[server], count, target, seconds))
                except BenchError as failure:
                    raise BenchError(f"{name}: {failure}") from failure
                done()
        figures[count] = {name: _median(rounds) for name, rounds in taken.items()}
    return figures


async def _asked(stack: BenchStack, port: int, count: int, target: str, seconds: float) -> Figures:
    request = get(target, stack.cookie)

    def again() -> Iterator[bytes]:
        return repeat(request)

    found = await load(port, count, seconds, again, {})
    return Figures(found.rate, percentile(found.latencies, 50), percentile(found.latencies, 99))


def get(target: str, cookie: str, *, more: str = "") -> bytes:
    """Return a GET request as HTTP/1.1."""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n{more}\r\n".encode()


def _median(rounds: Sequence[Figures]) -> Figures:
    return Figures(*(median(getattr(one, name) for one in rounds) for name in ("rate", "p50", "p99")))
