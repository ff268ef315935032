"""The page of a record, as Markdown. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap

from services.cli.bench.report import Result

WIDTH = 120


@dataclass(frozen=True, slots=True)
class Section:
    """A benchmark on the page: its title, its name on the command line, its method, and its results."""

    title: str
    command: str
    method: str
    results: Sequence[Result] = ()


def page(
    day: date,
    machine: Mapping[str, str],
    versions: Mapping[str, str],
    method: Sequence[str],
    sections: Sequence[Section],
) -> str:
    """Return the page; `method` are its paragraphs on the method. The picture is beside it."""
    results = [one for section in sections for one in section.results if one.target is not None]
    missed = sum(one.verdict == "missed" for one in results)
    return "\n".join(
        [
            "# Benchmarks",
            "",
            *_wrapped(
                f"`ticketstream bench record` made this page and the picture on {day}. Do not edit them; run it again. "
                f"Of {len(results)} targets {len(results) - missed} were reached and {missed} missed."
            ),
            "",
            "![Each result beside its target](benchmarks.svg)",
            "",
            "## How it is measured",
            "",
            *(line for paragraph in method for line in (*_wrapped(paragraph), "")),
            "## Where it was measured",
            "",
            *_table(("what", "here"), [*machine.items(), *versions.items()]),
            *(line for section in sections for line in _section(section)),
            "",
        ]
    )


def _section(section: Section) -> Iterator[str]:
    method = _wrapped(f"`ticketstream bench {section.command}`. {section.method}")
    yield from ("", f"## {section.title}", "", *method, "")
    rows = [(one.what, one.shown, one.wanted, one.verdict) for one in section.results]
    yield from _table(("what", "reached", "target", ""), rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (columns, ["---"] * len(columns), *rows):
        yield "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def _wrapped(paragraph: str) -> list[str]:
    return wrap(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
