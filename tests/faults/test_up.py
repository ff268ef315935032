"""`ticketstream up`: killed, stopped and silent processes, and the order of its end."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

from shared.process.settings import EngineSettings
from tests.support.expected.views import until
from tests.support.measures.recovery import recovering
from tests.support.processes.command_line import ended, line_with, started
from tests.support.processes.processes_in_folder import listening_elsewhere, nobody_works_in, working_in
from tests.support.processes.running_stack import (
    open_ticket_and_see_it,
    options_for,
    processes,
    running_in,
    with_a_user_and_an_agency,
)

CHILDREN = ("kafka", "mongod", "projector-1", "command-1", "gateway")
STOPPED_WITHIN = 30
HOMELESS = """
import os, pwd
def unknown(uid): raise KeyError(uid)
pwd.getpwuid = unknown
os.environ.pop("HOME", None)
"""
TICKET = "00000000-0000-4000-8000-000000000000"


async def test_a_killed_child_is_started_again_and_the_pipeline_works_on(tmp_path: Path) -> None:
    async with running_in(tmp_path) as (process, url):
        await with_a_user_and_an_agency(tmp_path)
        for number, name in enumerate(CHILDREN, 1):
            before = processes(tmp_path)[name]
            with recovering(name):
                os.kill(before["pid"], signal.SIGKILL)
                await open_ticket_and_see_it(url, f"{TICKET[:-2]}1{number}")
            said = await line_with(process.stderr, f"{name} was ended by SIGKILL")
            assert said.endswith("; restarting it in 0.2 s\n")

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


async def test_it_stops_in_time_although_no_child_reacts(tmp_path: Path) -> None:
    async with running_in(tmp_path) as (process, _):
        for child in processes(tmp_path).values():
            os.kill(child["pid"], signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOPPED_WITHIN):
            assert (await ended(process)).code == 0
    assert working_in(tmp_path) == {}


async def test_a_killed_up_leaves_no_child_and_the_next_up_uses_its_data(tmp_path: Path) -> None:
    folder = tmp_path / "données, en ligne"
    no_accents_in_the_locale = {"LC_ALL": "C"}
    async with running_in(folder, environment=no_accents_in_the_locale) as (process, url):
        await with_a_user_and_an_agency(folder)
        await open_ticket_and_see_it(url, TICKET)
        assert tuple(processes(folder)) == CHILDREN
        assert not listening_elsewhere(working_in(folder))
        process.kill()
        await process.wait()
        await nobody_works_in(folder, within=20)
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


async def test_without_a_home_it_runs_until_its_terminal_is_closed(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HOMELESS)
    folder = tmp_path / "data"
    environment = {
        "PYTHONPATH": str(tmp_path),
        "M2_REPO": os.environ.get("M2_REPO", str(Path.home() / ".m2/repository")),
    }
    async with running_in(folder, environment=environment) as (process, _):
        process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(STOPPED_WITHIN):
            outcome = await ended(process)
    assert (outcome.code, outcome.err.splitlines()[-1]) == (0, "stopping …")
    assert working_in(folder) == {}
    assert not (folder / "run.json").exists()


async def test_stopped_during_its_start_it_leaves_nothing_running(tmp_path: Path) -> None:
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


async def test_several_of_each_service_run_on_given_engines(tmp_path: Path, settings: EngineSettings) -> None:
    """The database and topics are the test's own; both engines run on afterwards."""
    options, environment = options_for(settings)
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
    assert outcome.err == ""
    return {child["name"]: child["restarts"] for child in json.loads(outcome.out)["processes"]}
