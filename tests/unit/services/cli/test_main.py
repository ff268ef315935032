"""The table of subcommands agrees with their modules, and help needs none of them."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from services.cli import subcommands
from services.cli.main import SUBCOMMANDS, app, subcommand

HEAVY = ("pymongo", "aiokafka", "faust", "pydantic", "opentelemetry", "structlog", "aiohttp", "asyncio")
IMPORTED = f"""
import atexit, sys
from services.cli.__main__ import main
atexit.register(lambda: print("imported", *(name for name in {HEAVY} if name in sys.modules)))
main()
"""


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Undo what a command does to the logging of its process."""
    before, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    yield
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers


def test_every_module_of_a_subcommand_is_in_the_table() -> None:
    modules = {file.stem for folder in subcommands.__path__ for file in Path(folder).glob("[a-z]*.py")}
    assert set(SUBCOMMANDS) == modules


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_table_has_the_first_sentence_of_the_help(name: str) -> None:
    assert " ".join(subcommand(name).help.split()).startswith(SUBCOMMANDS[name])


def every_command(command: Any, *words: str) -> Iterator[tuple[str, ...]]:
    yield words
    for name, inner in getattr(command, "commands", {}).items():
        yield from every_command(inner, *words, name)


@pytest.mark.parametrize("name", ["", *SUBCOMMANDS])
def test_both_forms_of_help_are_the_same_everywhere(name: str) -> None:
    for words in every_command(subcommand(name), name) if name else [()]:
        short, long = (CliRunner().invoke(app, [*words, option]) for option in ("-h", "--help"))
        assert (short.exit_code, long.exit_code) == (0, 0)
        assert short.output == long.output
        assert "--help" in long.output


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option: str) -> None:
    asked = subprocess.run([sys.executable, "-c", IMPORTED, option], capture_output=True, text=True, check=True)
    assert asked.stdout.splitlines()[-1] == "imported"
    if option == "--version":
        assert asked.stdout.splitlines()[0] == f"ticketstream {version('ticketstream')}"
    else:
        assert all(name in asked.stdout for name in SUBCOMMANDS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["skip", "99", "1"], "must be 11 or less."),
        (["skip", "x", "1"], "must be a whole number."),
        (["bench", "idle", "--seconds", "x"], "must be a number."),
        (["bench", "idle", "--seconds", "0"], "must be 1.0 or more."),
        (["users", "add", "kim", "--role", "king", "--scope", "everything"], ": 'king' is not one of 'operator', "),
        (["users", "add", "kim", "--role", "reader", "--scope", "planet:"], "kind: must be 'everything', 'accounts'"),
        (["status", "--mongo", "mongodb://"], "the URL cannot be read; give mongodb://HOST:PORT/"),
        (["statu"], "Did you mean 'status'?"),
    ],
)
def test_a_wrong_word_is_refused_in_plain_words(words: list[str], sentence: str) -> None:
    refused = CliRunner(env={"COLUMNS": "400"}).invoke(app, words)
    assert refused.exit_code == 2
    assert sentence in refused.output
