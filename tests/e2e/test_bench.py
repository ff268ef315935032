"""`ticketstream bench commands`: it measures, shows what it measured, and leaves nothing running."""

import os
from pathlib import Path

import pytest

from tests.support.command_line import ended, started
from tests.support.processes import working_in

pytestmark = pytest.mark.long


async def test_a_short_run_shows_every_server_and_every_target(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path), "COLUMNS": "160", "PATH": os.environ["PATH"]}
    words = ("bench", "commands", "--seconds", "0.5", "--connections", "4")
    async with started(*words, environment=environment) as process:
        outcome = await ended(process)
    assert outcome.code == 0, outcome.err
    for shown in ("parses and validates", "one insert_one", "one command service", "through the gateway"):
        assert shown in outcome.out
    for promised in ("command service / bare, 4", "relay", "answer to topic, p50"):
        assert promised in outcome.out
    assert working_in(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


async def test_a_number_of_connections_that_is_none_is_refused() -> None:
    async with started("bench", "commands", "--connections", "4,many") as process:
        outcome = await ended(process)
    assert outcome.code == 2
    assert "give numbers from 1 to 1000" in outcome.err
