"""Documents name only what exists: files, make targets, commands."""

import importlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

from services.cli.main import SUBCOMMANDS, subcommand

TOP = Path(__file__).parents[3]
DOCUMENTS = [*sorted(TOP.glob("*.md")), *sorted((TOP / "docs").rglob("*.md")), *sorted((TOP / "examples").glob("*.md"))]
FOLDERS = ("services", "shared", "deploy", "tests", "docs", "examples")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TOP)))
def test_a_document_names_only_what_exists(document: Path) -> None:
    text = document.read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    paths = re.findall(rf"`((?:{'|'.join(FOLDERS)})(?:/[\w.*-]+)*)`", text)
    targets = set(re.findall(r"`make ([\w-]+)`", text))
    commands = {tuple(words.split()) for words in re.findall(r"`ticketstream ([a-z]+(?: [a-z]+)?)", text)}
    assert [link for link in links if not (document.parent / link).exists()] == []
    assert [path for path in paths if not (TOP / path).exists()] == []
    assert targets <= set(re.findall(r"^([\w-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    assert commands <= _commands()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TOP)))
def test_a_document_names_only_code_that_exists(document: Path) -> None:
    names = re.findall(r"`((?:services|shared|deploy)(?:\.\w+)+)`", document.read_text())
    assert [name for name in names if not _exists(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TOP)))
def test_numbered_items_count_from_one(document: Path) -> None:
    """A sentence whose wrapped line begins with a number and a full stop would be shown as an item of a list."""
    assert _misnumbered(document.read_text()) == []


def test_a_line_that_becomes_an_item_by_accident_is_found() -> None:
    assert _misnumbered("1. One.\n2. Two.\n\n1. One again.\n\n```\n7. Code.\n```\n") == []
    assert _misnumbered("The answer was\n200. Now it is\n403. That is better.\n") == [200, 403]


def test_a_name_of_removed_code_is_found() -> None:
    assert _exists("services.command.handler.CommandHandler.handle")
    assert not _exists("services.command.handler.CommandHandler.gone")
    assert not _exists("services.command.gone")


def test_every_alert_has_a_line_that_says_what_to_do() -> None:
    rules = (TOP / "deploy" / "prometheus" / "alerts.yml").read_text()
    lines = re.findall(r"^\| (\w+) \| [^|]+ \| [^|]+ \|$", (TOP / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"alert: (\w+)", rules)) <= set(lines)


def test_there_are_documents() -> None:
    assert len(DOCUMENTS) >= 7


def _misnumbered(text: str) -> list[int]:
    """Return the numbers of list items that are neither 1 nor the number after the item before."""
    without_code = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    numbers = [int(number) for number in re.findall(r"^ *(\d+)\. ", without_code, re.MULTILINE)]
    return [number for before, number in pairwise([0, *numbers]) if number not in (1, before + 1)]


def _exists(name: str) -> bool:
    """Return whether a dotted name is a module, or something that a module holds."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        if (TOP / Path(*parts[:end])).is_dir() or (TOP / Path(*parts[:end]).with_suffix(".py")).is_file():
            found: object = importlib.import_module(".".join(parts[:end]))
            for attribute in parts[end:]:
                found = getattr(found, attribute, None)
            return found is not None
    return False


def _commands() -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name in SUBCOMMANDS:
        found.add((name,))
        found |= {(name, inner) for inner in getattr(subcommand(name), "commands", {})}
    return found
