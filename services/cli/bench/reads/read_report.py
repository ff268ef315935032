"""The report of `bench reads`."""

from collections.abc import Sequence

from rich.table import Table

from services.cli.bench.reads.exports import Speeds
from services.cli.bench.reads.questions import DETAILS, FEEDS, FIRST_PAGE, PAGES, UNCHANGED, Question
from services.cli.bench.reads.read_rate import Answers, ceiling
from services.cli.bench.report import Result, at_least, at_most, figures_table

OF_CEILING = {FIRST_PAGE: 0.6, UNCHANGED: 0.8, PAGES: 0.1, DETAILS: 0.2, FEEDS: 0.12}
"""Targets of the compared questions: answers a second as a share of those of the ceiling."""
OF_FIRST_PAGE, STATISTICS_MS, FILTERS_MS, OF_RAW, TIMES_MODELS = 1.5, 10.0, 500.0, 0.8, 10.0
MEGABYTE = 1_000_000


def answers(figures: Answers) -> Table:
    """Return the table of questions: answers a second and times of an answer, for each number of connections."""
    columns = [f"{what}, {count}" for count in figures for what in ("answers/s", "p50 ms", "p99 ms")]
    table = figures_table("what is asked", *columns)
    for name in next(iter(figures.values())):
        found = [by_name[name] for by_name in figures.values()]
        cells = [(f"{one.rate:,.0f}", f"{1_000 * one.p50:.1f}", f"{1_000 * one.p99:.1f}") for one in found]
        table.add_row(name, *(cell for shown in cells for cell in shown))
    return table


def promises(asked: Sequence[Question], figures: Answers, speeds: Speeds) -> list[Result]:
    """Return the results. Targets of times are for the fewest connections, those of rates for the most."""
    return [*_ratios(asked, figures), *_times(asked, figures), *_export(speeds)]


def _ratios(asked: Sequence[Question], figures: Answers) -> list[Result]:
    return [
        at_least(
            f"{question.name} / as many bytes from memory, {count}",
            by_name[question.name].rate / by_name[ceiling(question.name)].rate,
            OF_CEILING[question.name] if count == max(figures) else None,
        )
        for question in asked
        if question.kind == "compared"
        for count, by_name in figures.items()
    ]


def _times(asked: Sequence[Question], figures: Answers) -> list[Result]:
    results = []
    alone = {name: found.p50 for name, found in figures[min(figures)].items()}
    for question in asked:
        p50 = alone[question.name]
        if question.kind == "page":
            results.append(at_most(f"{question.name} / first page, p50", p50 / alone[FIRST_PAGE], OF_FIRST_PAGE))
        elif question.kind == "statistics":
            results.append(at_most(f"{question.name}, p50", 1_000 * p50, STATISTICS_MS, unit=" ms"))
    slowest = max((one.name for one in asked if one.kind == "filters"), key=alone.__getitem__)
    filters = at_most(f"other filters, slowest: {slowest}, p50", 1_000 * alone[slowest], FILTERS_MS, unit=" ms")
    return [*results, filters]


def _export(speeds: Speeds) -> list[Result]:
    name = f"export ({speeds.size / MEGABYTE:.1f} MB at {speeds.ours / MEGABYTE:.0f} MB/s)"
    return [
        at_least(f"{name} / raw read ({speeds.raw / MEGABYTE:.0f} MB/s)", speeds.ours / speeds.raw, OF_RAW),
        at_least(f"{name} / models ({speeds.models / MEGABYTE:.1f} MB/s)", speeds.ours / speeds.models, TIMES_MODELS),
    ]
