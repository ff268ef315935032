"""Citations: what code and documents cite is a page, a number or a table that a reader can open."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[3]
CONTRACT = TOP / "docs" / "contract.md"
TABLES = TOP / "docs" / "contract" / "tables"
DECISIONS = TOP / "docs" / "decisions"

CITING = sorted(
    path
    for folder in ("services", "shared", "deploy", "examples", "tests", "docs")
    for path in (TOP / folder).rglob("*")
    if path.suffix in {".py", ".md", ".yml", ".toml"} and path != Path(__file__)
)

_NUMBERS = re.compile(r"\bcontract[\s#]+(\d+(?:(?:,|[\s#]+and|[\s#]+to)[\s#]+\d+)*)")
_RANGE = re.compile(r"(\d+)[\s#]+to[\s#]+(\d+)")
_TABLE = re.compile(r"`(\w+\.yaml)`")
_DECISION = re.compile(r"\bdecisions?[\s#/]+(\d{4})\b")


def _numbers(text: str) -> Iterator[int]:
    """Yield the numbers of the contract that `text` cites; of "10 to 12" all three."""
    for cited in _NUMBERS.findall(text):
        yield from map(int, re.findall(r"\d+", cited))
        for first, last in _RANGE.findall(cited):
            yield from range(int(first), int(last) + 1)


def _wrong(check: Callable[[str], list[Any]]) -> list[tuple[str, list[Any]]]:
    """Return each file with what `check` finds wrong in its text."""
    return [(str(path.relative_to(TOP)), found) for path in CITING if (found := check(path.read_text()))]


def _rules() -> list[int]:
    return [int(number) for number in re.findall(r"^(\d+)\. ", CONTRACT.read_text(), re.MULTILINE)]


def test_the_contract_holds_each_number_once_and_in_order() -> None:
    assert _rules() == list(range(1, 94))


def test_a_cited_range_cites_all_numbers_between() -> None:
    assert set(_numbers("(contract 1, 3 and\n# 85; contract 10 to 12)")) == {1, 3, 85, 10, 11, 12}


def test_numbers_of_the_contract_exist() -> None:
    rules = set(_rules())
    assert _wrong(lambda text: [number for number in _numbers(text) if number not in rules]) == []


def test_tables_exist() -> None:
    assert _wrong(lambda text: [table for table in _TABLE.findall(text) if not (TABLES / table).exists()]) == []


def test_decisions_exist() -> None:
    written = {page.name[:4] for page in DECISIONS.glob("0*.md")}
    assert _wrong(lambda text: [number for number in _DECISION.findall(text) if number not in written]) == []


def test_the_contract_page_names_every_table() -> None:
    assert set(_TABLE.findall(CONTRACT.read_text())) == {table.name for table in TABLES.glob("*.yaml")}


def test_citations_are_found() -> None:
    texts = [citing.read_text() for citing in CITING if citing.suffix == ".py"]
    assert len({number for text in texts for number in _numbers(text)}) >= 20
    assert len({number for text in texts for number in _DECISION.findall(text)}) >= 5
