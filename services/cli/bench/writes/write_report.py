"""The report of `bench commands`."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from services.cli.bench.bench_stack import COMMAND, GATEWAY
from services.cli.bench.report import Result, at_least, at_most
from services.cli.bench.rounds import median_percentile
from services.cli.bench.writes.command_rate import BARE, PLAIN, Figures
from services.cli.bench.writes.relay_rate import RATE

MEANING = {
    BARE: "bare: parses and validates the body",
    PLAIN: "plain: insert_one, then send_and_wait",
    COMMAND: "one command service",
    GATEWAY: "the same, through the gateway",
}
OF_BARE, OF_PLAIN, OF_DIRECT = {64: 0.5, 256: 0.55}, {64: 4.5}, {64: 0.75}
"""Targets by the number of connections."""
RELAY_TIMES, LONE_MS, TO_TOPIC_P50_MS, TO_TOPIC_P99_MS = 3.0, 1.0, 3.0, 10.0


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


def ratios(
    figures: Mapping[int, Mapping[str, Figures]], delays: Sequence[Sequence[float]], relayed: float
) -> list[Result]:
    """Return the results; `delays` are the times from an answer to the topic in each round."""
    results = []
    for count, servers in figures.items():
        command = servers[COMMAND].rate
        results += [
            at_least(f"command service / bare, {count}", command / servers[BARE].rate, OF_BARE.get(count)),
            at_least(f"command service / plain, {count}", command / servers[PLAIN].rate, OF_PLAIN.get(count)),
            at_least(f"through the gateway / direct, {count}", servers[GATEWAY].rate / command, OF_DIRECT.get(count)),
        ]
    if 1 in figures:
        lone = 1_000 * figures[1][COMMAND].processor_seconds(COMMAND)
        results.append(at_most("processor time of a lone command, relay included", lone, LONE_MS, unit=" ms"))
    fastest = max(servers[COMMAND].rate for servers in figures.values())
    p50, p99 = (1_000 * median_percentile(delays, percent) for percent in (50, 99))
    return [
        *results,
        at_least(f"relay ({relayed:,.0f} events/s) / commands", relayed / fastest, RELAY_TIMES),
        at_most(f"answer to topic at {RATE}/s, p50", p50, TO_TOPIC_P50_MS, unit=" ms"),
        at_most(f"answer to topic at {RATE}/s, p99", p99, TO_TOPIC_P99_MS, unit=" ms"),
    ]
