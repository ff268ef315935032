"""Measures answers a second and the time of each answer, in rounds in which the questions take turns."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from statistics import median

from services.cli.bench import rounds
from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import GATEWAY, BenchStack
from services.cli.bench.load_generator import Load, connections, load
from services.cli.bench.reads.questions import Question
from services.cli.bench.rounds import median_percentile

TAG = re.compile(rb"\r\netag: (\S+)", re.IGNORECASE)
BYTES = "bytes"
"""The comparison for some questions: a server that only answers with as many bytes."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of the rounds: answers a second, and times of an answer in seconds."""

    rate: float
    p50: float
    p99: float


Answers = Mapping[int, Mapping[str, Figures]]
"""Figures by number of connections and name of the question, or of its ceiling."""


def ceiling(name: str) -> str:
    """Return the name of what a compared question is compared with."""
    return f"{name}: as many bytes from memory"


def loads(asked: Sequence[Question], connections: Sequence[int]) -> int:
    """Return how many loads `measure` makes."""
    compared = sum(question.kind == "compared" for question in asked)
    return rounds.ROUNDS * len(connections) * (len(asked) + compared)


async def measure(
    stack: BenchStack, asked: Sequence[Question], counts: Sequence[int], seconds: float, done: Callable[[], None]
) -> Answers:
    """Ask each question for `seconds` at a time, and its ceiling right after it; raises `BenchError`."""
    figures: dict[int, dict[str, Figures]] = {}
    for count in counts:
        taken: dict[str, list[Load]] = {}
        for _ in range(rounds.ROUNDS):
            for question in asked:
                try:
                    more = await _if_none_match(stack, question) if question.has_it else ""
                    requests = [get(target, stack.cookie, more=more) for target in question.targets]
                    answered = await _asked(stack.ports[GATEWAY], count, requests, seconds)
                except BenchError as failure:
                    raise BenchError(f"{question.name}: {failure}") from failure
                taken.setdefault(question.name, []).append(answered)
                done()
                if question.kind == "compared":
                    same_size = [get(f"/{answered.size:.0f}", stack.cookie)]
                    answered = await _asked(stack.ports[BYTES], count, same_size, seconds)
                    taken.setdefault(ceiling(question.name), []).append(answered)
                    done()
        figures[count] = {name: _figures(measured) for name, measured in taken.items()}
    return figures


async def _if_none_match(stack: BenchStack, question: Question) -> str:
    """Return the header line with the tag of the answer to the first target; raises `BenchError`."""
    async with connections(stack.ports[GATEWAY], 1) as (connection,):
        head = await connection.ask(get(question.targets[0], stack.cookie))
    tag = TAG.search(head)
    if not tag:
        raise BenchError("the answer has no entity tag")
    return f"If-None-Match: {tag[1].decode()}\r\n"


async def _asked(port: int, count: int, requests: Sequence[bytes], seconds: float) -> Load:
    """Send `requests` in turn. All connections together go through them, so none asks what another one asks."""
    in_turn = cycle(requests)
    return await load(port, count, seconds, lambda: in_turn, {})


def get(target: str, cookie: str, *, more: str = "") -> bytes:
    """Return a GET request as HTTP/1.1."""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n{more}\r\n".encode()


def _figures(measured: Sequence[Load]) -> Figures:
    times = [one.latencies for one in measured]
    return Figures(median(one.rate for one in measured), median_percentile(times, 50), median_percentile(times, 99))
