"""`ticketstream bench hostile`: what the most expensive valid inputs cost other clients and the services."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from rich.console import Console
from rich.table import Table

from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import COMMAND, GATEWAY, BenchStack
from services.cli.bench.command_client import CommandClient, client_of
from services.cli.bench.fill import wait_until_all_applied
from services.cli.bench.harness import Benchmark, measure_each
from services.cli.bench.hostile.inputs import INPUTS, Act
from services.cli.bench.memory import forget_peak, peak_mb
from services.cli.bench.report import Report, Result, at_most, figures_table

SHOWN_SECONDS = 3.0
"""Target: seconds until another client's ticket is in the views."""
MOST_MB = 300.0
"""Target: peak memory of a projector in MB."""
PROJECTOR = "projector-1"
SERVICES = (COMMAND, PROJECTOR, GATEWAY)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one input.

    Times are in seconds: until all requests were answered, then until another client's ticket was in the views, and
    until all tickets were. `peaks` is the peak memory of each service in MB.
    """

    accepted: int
    refused: int
    answered: float
    shown: float
    all_shown: float
    peaks: Mapping[str, float]


def benchmark() -> Benchmark:
    """Return the benchmark that sends each input in turn."""
    return Benchmark(_measure)


async def _measure(stack: BenchStack, console: Console) -> Report:
    async def cost(act: Act) -> Cost:
        async with client_of(stack.url, stack.cookie) as client, client_of(stack.url, stack.cookie) as other:
            return await _cost(stack, act, client, other)

    costs = await measure_each(console, "sending", INPUTS, cost)
    return Report([_table(costs)], _results(costs))


async def _cost(stack: BenchStack, act: Act, client: CommandClient, other: CommandClient) -> Cost:
    processes = {name: stack.programs.processes[name] for name in SERVICES}
    for process in processes.values():
        forget_peak(process)
    began = monotonic()
    await act(client)
    answered = monotonic() - began
    ticket = await other.open()
    if other.refused:
        raise BenchError("another client's ticket was refused")
    shown = await other.shown(ticket)
    await wait_until_all_applied(stack.db)
    all_shown = monotonic() - began - answered
    peaks = {name: peak_mb(process) for name, process in processes.items()}
    return Cost(client.accepted, client.refused, answered, shown, all_shown, peaks)


def _table(costs: Mapping[str, Cost]) -> Table:
    columns = ("input", "taken", "refused", "answered s", "another shown s", "all shown s")
    table = figures_table(*columns, *(f"{name} MB" for name in SERVICES))
    for name, cost in costs.items():
        times = (f"{seconds:.2f}" for seconds in (cost.answered, cost.shown, cost.all_shown))
        peaks = (f"{cost.peaks[service]:.0f}" for service in SERVICES)
        table.add_row(name, str(cost.accepted), str(cost.refused), *times, *peaks)
    return table


def _results(costs: Mapping[str, Cost]) -> list[Result]:
    worst = max(cost.shown for cost in costs.values())
    most = max(cost.peaks[PROJECTOR] for cost in costs.values())
    return [
        at_most("another's ticket shows, at worst", worst, SHOWN_SECONDS, unit=" s"),
        at_most("memory of the projector, at worst", most, MOST_MB, unit=" MB"),
    ]
