from datetime import date

from services.cli.bench.record.page import Section, page
from services.cli.bench.report import at_least, at_most

SECTIONS = [
    Section("Commands", "commands", "Each is sent once.", [at_least("ours / bare, 64", 0.4, 0.5), at_least("b", 1)]),
    Section("Idle", "idle", "Nothing is sent.", [at_most("together", 0.04, 0.05, unit=" of a core")]),
]
PAGE = page(
    date(2026, 3, 1), {"processor": "Fast & Co"}, {"Python": "3.11.2"}, ["Medians.", "word " * 40], SECTIONS
).splitlines()


def test_it_says_when_where_and_how_it_was_measured() -> None:
    assert "made this page and the picture on 2026-03-01" in PAGE[2]
    assert "Of 2 targets 1 were reached and 1 missed." in " ".join(PAGE[2:4])
    assert "![Each result beside its target](benchmarks.svg)" in PAGE
    assert "Medians." in PAGE
    assert PAGE[PAGE.index("| what | here |") :][:4] == [
        "| what | here |",
        "| --- | --- |",
        "| processor | Fast & Co |",
        "| Python | 3.11.2 |",
    ]


def test_each_benchmark_has_its_method_and_its_results() -> None:
    assert PAGE[PAGE.index("## Commands") :][:9] == [
        "## Commands",
        "",
        "`ticketstream bench commands`. Each is sent once.",
        "",
        "| what | reached | target | |",
        "| --- | --- | --- | --- |",
        "| ours / bare, 64 | 0.40 | at least 0.5 | missed |",
        "| b | 1.00 | | |",
        "",
    ]
    assert PAGE[-1] == "| together | 0.040 of a core | at most 0.05 of a core | reached |"


def test_its_lines_are_not_too_long() -> None:
    assert max(len(line) for line in PAGE) <= 120
    assert " ".join(["word"] * 24) in PAGE
