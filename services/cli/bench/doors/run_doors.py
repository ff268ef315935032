"""`ticketstream bench doors`: what attacks on the gateway's connections cost another client and the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe

from rich.console import Console
from rich.table import Table

from services.cli.bench.bench_stack import GATEWAY, BenchStack
from services.cli.bench.command_client import client_of
from services.cli.bench.doors.attacks import ATTACKS, BODY, Attack, Attacker
from services.cli.bench.doors.other_client import Observed, observing
from services.cli.bench.fill import wait_until_all_applied
from services.cli.bench.harness import Benchmark, measure_each
from services.cli.bench.memory import forget_peak, peak_mb
from services.cli.bench.report import Report, Result, at_most, figures_table
from services.cli.bench.rounds import percentile
from services.cli.demo.setup import Account
from services.cli.imports.apply import import_users
from services.cli.imports.users_file import ScopeEntry, UserEntry

LARGE_TICKETS = 100
MOST_MB = 256.0
"""Target: MB that the gateway may use above its idle memory, which are four exports of 64 MB."""
USERS = {"bench-reader": "5d0c3b0e-8f7a-4e0a-9a3e-0d1f2b6c7a11", "bench-other": "5d0c3b0e-8f7a-4e0a-9a3e-0d1f2b6c7a12"}
"""Uids of the two users by login: the attacker and the other client."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The answers that the attacker received, what another client observed, and the gateway's peak memory in MB."""

    statuses: Mapping[str, int]
    pages: Observed
    logins: Observed
    peak: float


def benchmark() -> Benchmark:
    """Return the benchmark that makes each attack in turn."""
    return Benchmark(_measure)


async def _measure(stack: BenchStack, console: Console) -> Report:
    reader, other = await _users(stack)
    await _open_large_tickets(stack)

    async def cost(attack: Attack) -> Cost:
        attacker = Attacker(stack.ports[GATEWAY], stack.cookie, reader)
        return await _cost(stack, attack, attacker, other)

    costs = await measure_each(console, "attacking", ATTACKS, cost)
    return Report([_table(costs)], _results(costs))


async def _users(stack: BenchStack) -> list[Account]:
    accounts = [Account(login, "reader", token_urlsafe()) for login in USERS]
    everything = ScopeEntry(kind="everything")
    users = [
        UserEntry(uid=USERS[user.login], login=user.login, password=user.password, role=user.role, scope=everything)
        for user in accounts
    ]
    await import_users(stack.engines, [*users])
    return accounts


async def _open_large_tickets(stack: BenchStack) -> None:
    """Open the tickets that make the answers of the feed and the export large."""
    async with client_of(stack.url, stack.cookie) as client:
        for _ in range(LARGE_TICKETS):
            await client.open(request="x" * (BODY - 10_000))
    await wait_until_all_applied(stack.db)


async def _cost(stack: BenchStack, attack: Attack, attacker: Attacker, other: Account) -> Cost:
    gateway = stack.programs.processes[GATEWAY]
    forget_peak(gateway)
    async with observing(stack.url, stack.cookie, other) as (pages, logins):
        await attack(attacker)
    return Cost(attacker.statuses, pages, logins, peak_mb(gateway))


def _table(costs: Mapping[str, Cost]) -> Table:
    columns = (
        "attack",
        "answered",
        "another's page ms",
        "at worst",
        "not",
        "login ms",
        "at worst",
        "not",
        "gateway MB",
    )
    table = figures_table(*columns, texts=2)
    for name, cost in costs.items():
        answered = ", ".join(f"{count} x {status}" for status, count in sorted(cost.statuses.items()))
        table.add_row(name, answered, *_cells(cost.pages), *_cells(cost.logins), f"{cost.peak:.0f}")
    return table


def _cells(observed: Observed) -> tuple[str, str, str]:
    middle, worst = percentile(observed.latencies, 50), max(observed.latencies)
    return f"{1_000 * middle:.0f}", f"{1_000 * worst:.0f}", str(observed.failed)


def _results(costs: Mapping[str, Cost]) -> list[Result]:
    idle = next(iter(costs.values())).peak
    failed = sum(cost.pages.failed + cost.logins.failed for cost in costs.values())
    worst = max(cost.peak for cost in costs.values()) - idle
    return [
        at_most("requests of another client that failed", failed, 0),
        at_most("memory of the gateway above idle, at worst", worst, MOST_MB, unit=" MB"),
    ]
