"""The report of `bench reads`."""

from collections.abc import Sequence

from rich.table import Table

from services.cli.bench.reads.exports import Speeds
from services.cli.bench.reads.questions import FIRST_PAGE, Question
from services.cli.bench.reads.read_rate import CEILING, Answers
from services.cli.bench.report_tables import at_least, at_most, figures_table, targets_table

OF_FIRST_PAGE, STATISTICS_MS, FILTERS_MS, OF_CEILING, OF_RAW, TIMES_MODELS = 1.5, 10.0, 500.0, 0.5, 0.5, 10.0
MEGABYTE = 1_000_000


def answers(asked: Sequence[Question], figures: Answers) -> Table:
    """Return the table of questions: answers a second and times of an answer, for each number of connections."""
    columns = [f"{what}, {count}" for count in figures for what in ("answers/s", "p50 ms", "p99 ms")]
    table = figures_table("what is asked", *columns)
    names = [question.name for question in asked]
    for name in (names[0], CEILING, *names[1:]):
        found = [by_name[name] for by_name in figures.values()]
        cells = [(f"{one.rate:,.0f}", f"{1_000 * one.p50:.1f}", f"{1_000 * one.p99:.1f}") for one in found]
        table.add_row(name, *(cell for shown in cells for cell in shown))
    return table


def promises(asked: Sequence[Question], figures: Answers, speeds: Speeds) -> Table:
    """Return the table of targets: times are of the fewest connections, rates of the most."""
    table = targets_table()
    alone, many = figures[min(figures)], figures[max(figures)]
    first = alone[FIRST_PAGE].p50
    for question in asked[1:]:
        p50 = alone[question.name].p50
        if question.kind == "page":
            at_most(table, f"{question.name} / first page", p50 / first, OF_FIRST_PAGE)
        elif question.kind == "statistics":
            at_most(table, f"{question.name}, p50", 1_000 * p50, STATISTICS_MS, unit=" ms")
    slowest = max((one.name for one in asked if one.kind == "filters"), key=lambda name: alone[name].p50)
    filters_ms = 1_000 * alone[slowest].p50
    at_most(table, f"other filters, slowest: {slowest}, p50", filters_ms, FILTERS_MS, unit=" ms")
    of_ceiling = many[FIRST_PAGE].rate / many[CEILING].rate
    at_least(table, f"first page / {CEILING}, {max(figures)} connections", of_ceiling, OF_CEILING)
    name = f"export ({speeds.size / MEGABYTE:.1f} MB at {speeds.ours / MEGABYTE:.0f} MB/s)"
    at_least(table, f"{name} / raw read ({speeds.raw / MEGABYTE:.0f} MB/s)", speeds.ours / speeds.raw, OF_RAW)
    at_least(table, f"{name} / models ({speeds.models / MEGABYTE:.1f} MB/s)", speeds.ours / speeds.models, TIMES_MODELS)
    return table
