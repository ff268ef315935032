"""Documents name only what exists: files, make targets, commands."""

import re
from pathlib import Path

import pytest
import typer

from services.cli.main import app

TOP = Path(__file__).parents[3]
DOCUMENTS = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
FOLDERS = ("services", "shared", "deploy", "tests", "docs")


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


def test_every_alert_has_a_line_that_says_what_to_do() -> None:
    rules = (TOP / "deploy" / "prometheus" / "alerts.yml").read_text()
    lines = re.findall(r"^\| (\w+) \| [^|]+ \| [^|]+ \|$", (TOP / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"alert: (\w+)", rules)) <= set(lines)


def test_there_are_documents() -> None:
    assert len(DOCUMENTS) >= 7


def _commands() -> set[tuple[str, ...]]:
    group = typer.main.get_group(app)
    found: set[tuple[str, ...]] = set()
    for name, command in group.commands.items():
        found.add((name,))
        found |= {(name, inner) for inner in getattr(command, "commands", {})}
    return found
