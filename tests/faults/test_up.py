"""`ticketstream up` and what may happen to it and to its children."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

from shared.settings import EngineSettings
from tests.support.command_line import ended, line_with, started
from tests.support.processes import listening_elsewhere, nobody_works_in, working_in
from tests.support.stack import given, open_ticket_and_see_it, processes, running_in, with_a_user_and_an_agency
from tests.support.views import until

CHILDREN = ("kafka", "mongod", "projector-1", "command-1", "gateway")
STOPPED_WITHIN = 20
TICKET = "00000000-0000-4000-8000-000000000000"


async def test_a_killed_child_is_started_again_and_the_pipeline_works_on(tmp_path: Path) -> None:
    async with running_in(tmp_path) as (process, url):
        await with_a_user_and_an_agency(tmp_path)
        for number, name in enumerate(CHILDREN, 1):
            before = processes(tmp_path)[name]
            os.kill(before["pid"], signal.SIGKILL)
            said = await line_with(process.stderr, f"{name} was ended by SIGKILL")
            assert said.endswith("; starting it again in 0.2 s\n")

            async def again(name: str = name, killed: int = before["pid"]) -> bool:
                child = processes(tmp_path)[name]
                return bool(child["state"] == "running" and child["pid"] != killed)

            await until(again, 60)
            assert processes(tmp_path)[name]["restarts"] == before["restarts"] + 1
            await open_ticket_and_see_it(url, f"{TICKET[:-1]}{number}")
        assert await _restarts_by_status(tmp_path) == {
            name: child["restarts"] for name, child in processes(tmp_path).items()
        }
        process.send_signal(signal.SIGTERM)
        await line_with(process.stderr, "stopping")
        for impatience in (signal.SIGTERM, signal.SIGINT):
            process.send_signal(impatience)
        async with asyncio.timeout(STOPPED_WITHIN):
            assert (await ended(process)).code == 0
    assert working_in(tmp_path) == {}


async def test_it_stops_in_time_when_no_child_can_hear_it(tmp_path: Path) -> None:
    async with running_in(tmp_path) as (process, _):
        for child in processes(tmp_path).values():
            os.kill(child["pid"], signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOPPED_WITHIN):
            assert (await ended(process)).code == 0
    assert working_in(tmp_path) == {}


async def test_killed_itself_it_leaves_no_child_and_its_data_to_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "données, en ligne"
    no_accents_in_the_locale = {"LC_ALL": "C"}
    async with running_in(folder, environment=no_accents_in_the_locale) as (process, url):
        await with_a_user_and_an_agency(folder)
        await open_ticket_and_see_it(url, TICKET)
        assert tuple(processes(folder)) == CHILDREN
        assert not listening_elsewhere(working_in(folder))
        process.kill()
        await process.wait()
        await nobody_works_in(folder, within=5)
    async with running_in(folder) as (process, again):
        assert again == url
        async with started("up", "--data", str(folder)) as second:
            outcome = await ended(second)
        assert (outcome.code, outcome.out) == (1, "")
        assert "is in use by another Ticketstream" in outcome.err
        await open_ticket_and_see_it(again, TICKET)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOPPED_WITHIN):
            outcome = await ended(process)
    assert (outcome.code, outcome.out) == (0, "")
    assert working_in(folder) == {}
    assert not (folder / "run.json").exists()
    assert list(tmp_path.iterdir()) == [folder]


async def test_told_to_stop_while_it_starts_it_leaves_nothing_running(tmp_path: Path) -> None:
    async with started("up", "--data", str(tmp_path)) as process:

        async def has_children() -> bool:
            return len(working_in(tmp_path)) >= 3

        await until(has_children)
        process.send_signal(signal.SIGTERM)
        outcome = await ended(process)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.endswith("Stopped before it was ready.\n")
    assert working_in(tmp_path) == {}
    assert not (tmp_path / "run.json").exists()


async def test_several_of_each_service_run_on_engines_that_are_there(tmp_path: Path, settings: EngineSettings) -> None:
    """The database and topics are the test's own; both engines stay as they are."""
    options, environment = given(settings)
    several = ("--commands", "2", "--projectors", "2")
    async with running_in(tmp_path, *options, *several, environment=environment) as (process, url):
        names = ["projector-1", "projector-2", "command-1", "command-2", "gateway"]
        assert list(processes(tmp_path)) == names
        assert {child["state"] for child in processes(tmp_path).values()} == {"running"}
        await with_a_user_and_an_agency(tmp_path)
        await open_ticket_and_see_it(url, TICKET)
        process.send_signal(signal.SIGTERM)
        assert (await ended(process)).code == 0
    assert working_in(tmp_path) == {}


async def _restarts_by_status(folder: Path) -> dict[str, Any]:
    async with started("status", "--json", "--data", str(folder)) as asking:
        outcome = await ended(asking)
    assert outcome.code == 0, outcome.err
    return {child["name"]: child["restarts"] for child in json.loads(outcome.out)["processes"]}
