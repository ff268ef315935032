"""`ticketstream bench record`: all benchmarks with a target of speed, one after the other, as a page and a picture."""

from dataclasses import replace
from pathlib import Path

from services.cli.bench import rounds
from services.cli.bench.harness import Benchmark, measured, show
from services.cli.bench.idle import run_idle
from services.cli.bench.latency import run_latency
from services.cli.bench.projection import run_projection
from services.cli.bench.reads import run_reads
from services.cli.bench.record.chart import chart
from services.cli.bench.record.machine import machine, versions
from services.cli.bench.record.page import Section, page
from services.cli.bench.writes import run_writes
from services.cli.progress_bar import messages
from shared.clock import utc_now

COMMAND_SECONDS, READ_SECONDS, LATENCY_SECONDS, IDLE_SECONDS = 3.0, 0.5, 10.0, 10.0
EVENTS = 20_000
"""Events that a projector catches up with in each round."""


def record(tickets: int, docs: Path) -> None:
    """Run the benchmarks on `tickets` and write `benchmarks.md` and `benchmarks.svg` in the folder `docs`.

    Prints each report. Raises `ExplainedError`; nothing is written then.
    """
    console, planned, where, used = messages(), _planned(tickets), machine(), versions()
    sections = []
    for number, (section, benchmark) in enumerate(planned, 1):
        console.print(f"{number} of {len(planned)}: {section.command} …")
        report = measured(benchmark)
        show(report)
        sections.append(replace(section, results=report.results))
    (docs / "benchmarks.md").write_text(page(utc_now().date(), where, used, _method(), sections))
    (docs / "benchmarks.svg").write_text(chart({section.title: section.results for section in sections}))


def _method() -> tuple[str, str]:
    return (
        "Engines, services, the programs that they are compared with, and the generator of the load run on one machine "
        "at the same time. Compare ratios, not figures of different machines.",
        "Everything is measured in rounds, in which the platform and what it is compared with take turns. A load first "
        f"runs for half a second that is not counted. Each figure is the median of the rounds: {rounds.ROUNDS} here.",
    )


def _planned(tickets: int) -> list[tuple[Section, Benchmark]]:
    """Return the sections of the page, still without results, and the benchmark of each."""
    return [
        (
            Section(
                "Commands",
                "commands",
                "`bare` parses and validates each command on the same HTTP server. `plain` also inserts each into "
                "MongoDB and sends it to Kafka. A number at the end is that of connections.",
            ),
            run_writes.benchmark(connections=(1, 64, 256), seconds=COMMAND_SECONDS),
        ),
        (
            Section(
                "Reads",
                "reads",
                f"{tickets:,} tickets. A ratio compares with a server that answers with as many bytes from memory; the "
                'number is that of connections. All ask for the same first page; "another" means that no two requests '
                "ask the same. Times are those of one connection. `raw read` reads the bytes of an "
                "export from MongoDB, `models` validates and writes them as models.",
            ),
            run_reads.benchmark(tickets=tickets, connections=(1, 32), seconds=READ_SECONDS),
        ),
        (
            Section(
                "Projection",
                "projection",
                f"A projector catches up with {EVENTS:,} events. `raw` writes the resulting documents in bulk.",
            ),
            run_projection.benchmark(tickets=tickets, events=EVENTS),
        ),
        (
            Section("Latency", "latency", "From the answer to a command until the views have its event."),
            run_latency.benchmark(tickets=tickets, seconds=LATENCY_SECONDS),
        ),
        (
            Section(
                "Idle",
                "idle",
                "One command service, one projector and one gateway, to which nobody sends anything.",
            ),
            run_idle.benchmark(seconds=IDLE_SECONDS),
        ),
    ]
