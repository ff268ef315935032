"""The report of `bench commands`."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from services.cli.bench.bench_stack import COMMAND, GATEWAY
from services.cli.bench.load_generator import percentile
from services.cli.bench.report_tables import at_least, at_most, targets_table
from services.cli.bench.writes.command_rate import BARE, PLAIN, Figures

MEANING = {
    BARE: "bare: parses and validates the body",
    PLAIN: "plain: insert_one, then send_and_wait",
    COMMAND: "one command service",
    GATEWAY: "the same, through the gateway",
}
OF_BARE, OF_PLAIN, RELAY_TIMES, TO_TOPIC_MS = 0.45, 4.5, 3.0, 5.0
TARGETS_AT = 64
"""The number of connections to which the targets apply."""


def rates(figures: Mapping[int, Mapping[str, Figures]]) -> Table:
    """Return the table of servers: commands a second, times of an answer, shares of a core."""
    table = Table("connections", "server", "commands/s", "p50 ms", "p99 ms", "% of a core", box=None)
    for column in (0, 2, 3, 4):
        table.columns[column].justify = "right"
    for count, servers in figures.items():
        for server, found in servers.items():
            shares = ", ".join(f"{name} {100 * share:.0f}" for name, share in found.cpu.items())
            times = (f"{1_000 * found.p50:.1f}", f"{1_000 * found.p99:.1f}")
            table.add_row(str(count), MEANING[server], f"{found.rate:,.0f}", *times, shares)
    return table


def ratios(figures: Mapping[int, Mapping[str, Figures]], delays: Sequence[float], relayed: float) -> Table:
    """Return the table of targets; those of the write path apply to `TARGETS_AT` connections."""
    table = targets_table()
    for count, servers in figures.items():
        command = servers[COMMAND].rate
        has_target = count == TARGETS_AT
        at_least(
            table, f"command service / bare, {count}", command / servers[BARE].rate, OF_BARE if has_target else None
        )
        at_least(
            table, f"command service / plain, {count}", command / servers[PLAIN].rate, OF_PLAIN if has_target else None
        )
        at_least(table, f"through the gateway / direct, {count}", servers[GATEWAY].rate / command, None)
    fastest = max(servers[COMMAND].rate for servers in figures.values())
    at_least(table, f"relay ({relayed:,.0f} events/s) / commands", relayed / fastest, RELAY_TIMES)
    at_most(table, "answer to topic, p50", 1_000 * percentile(delays, 50), TO_TOPIC_MS, unit=" ms")
    at_most(table, "answer to topic, p99", 1_000 * percentile(delays, 99), None, unit=" ms")
    return table
