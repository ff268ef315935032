"""`ticketstream settings` lists every setting, including those of the compose files."""

import json
import re
from pathlib import Path

from tests.support.processes.command_line import ended, started

TOP = Path(__file__).parents[4]


async def listed() -> dict[str, str]:
    async with started("settings", "--json") as process:
        outcome = await ended(process)
    assert outcome.code == 0, outcome.err
    return {one["variable"]: one["purpose"] for one in json.loads(outcome.out)}


async def test_compose_files_set_only_known_settings() -> None:
    files = [TOP / "docker-compose.yml", *(TOP / "deploy").glob("compose.*.yml")]
    said = {name for file in files for name in re.findall(r"TICKETSTREAM_[A-Z_]+", file.read_text())}
    assert said <= set(await listed())


async def test_in_a_terminal_each_has_its_line() -> None:
    async with started("settings") as process:
        outcome = await ended(process)
    variables = [line.split()[0] for line in outcome.out.splitlines() if line.startswith("TICKETSTREAM_")]
    assert sorted(variables) == sorted(await listed())
