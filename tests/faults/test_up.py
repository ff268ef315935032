"""`ticketstream up` and what may happen to it and to its children."""

import asyncio
import json
import os
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.command_line import ended, line_with, started
from tests.support.contract import command
from tests.support.directory import ACCOUNT, NORTH
from tests.support.processes import nobody_works_in, working_in
from tests.support.tickets import AT_NORTH
from tests.support.views import until

CHILDREN = ("kafka", "mongod", "projector-1", "command-1", "gateway")
STOPPED_WITHIN = 20
USER = {
    "uid": "0b7c2f4e-51d8-4a6e-9c1d-8e2a7f3b6d90",
    "login": "op",
    "password": "a password for this test",
    "role": "operator",
    "scope": {"kind": "everything"},
}


def processes(folder: Path) -> dict[str, dict[str, Any]]:
    return {child["name"]: child for child in json.loads((folder / "run.json").read_text())["processes"]}


@asynccontextmanager
async def running_in(folder: Path, *options: str) -> AsyncIterator[tuple[Process, str]]:
    """Run `up` in `folder` until the block ends; gives the process and the URL that it says."""
    async with started("up", "--data", str(folder), *options) as process:
        try:
            ready = await line_with(process.stdout, "ready ")
        except AssertionError as silence:
            raise AssertionError((await ended(process)).err) from silence
        yield process, ready.split()[1]


async def with_a_user_and_an_agency(folder: Path) -> None:
    files = {
        "users": [USER],
        "directory": {"agencies": [{"uid": NORTH, "label": "North", "accountUid": ACCOUNT}]},
    }
    for kind, content in files.items():
        file = folder / f"{kind}.json"
        file.write_text(json.dumps(content))
        async with started(kind, "import", str(file), "--data", str(folder)) as importing:
            assert (await ended(importing)).code == 0


async def open_ticket_and_see_it(url: str, ticket: str, *, seen: bool = True) -> None:
    """Log in, open a ticket, and wait until it is `seen` in the views; what is unavailable is asked again."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar, timeout=aiohttp.ClientTimeout(10)) as client:

        async def accepted() -> bool:
            credentials = {name: USER[name] for name in ("login", "password")}
            async with client.post("/api/v1/login", json=credentials) as answer:
                if answer.status != 200:
                    return False
            sent = command("OpenTicket", aggregateUid=ticket, processUid=ticket, locationRef=AT_NORTH)
            async with client.post("/api/vEvent/tickets", json=sent) as answer:
                return answer.status == 201 or (await answer.json())["errorType"] == "CommandAlreadySent"

        async def listed() -> bool:
            async with client.get(f"/api/v1/tickets/{ticket}") as answer:
                return answer.status == 200

        async def through(step: Any) -> bool:
            try:
                return bool(await step())
            except (aiohttp.ClientError, TimeoutError):
                return False

        await until(lambda: through(accepted), 40)
        if seen:
            await until(lambda: through(listed), 40)


async def test_a_killed_child_is_started_again_and_the_pipeline_works_on(tmp_path: Path) -> None:
    async with running_in(tmp_path) as (process, url):
        await with_a_user_and_an_agency(tmp_path)
        await open_ticket_and_see_it(url, "00000000-0000-4000-8000-000000000000")
        for number, name in enumerate(CHILDREN, 1):
            os.kill(processes(tmp_path)[name]["pid"], signal.SIGKILL)
            said = await line_with(process.stderr, f"{name} was ended by SIGKILL")
            assert "starting it again in 0.2 s" in said

            async def again(name: str = name) -> bool:
                child = processes(tmp_path)[name]
                return bool(child["state"] == "running" and child["restarts"] >= 1)

            await until(again, 60)
            await open_ticket_and_see_it(url, f"00000000-0000-4000-8000-00000000000{number}")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOPPED_WITHIN):
            assert await process.wait() == 0
    assert working_in(tmp_path) == {}


async def test_killed_itself_it_leaves_no_child_and_its_data_to_the_next(tmp_path: Path) -> None:
    async with running_in(tmp_path) as (process, url):
        await with_a_user_and_an_agency(tmp_path)
        await open_ticket_and_see_it(url, "00000000-0000-4000-8000-000000000001")
        assert set(processes(tmp_path)) == set(CHILDREN)
        assert not _listening_elsewhere(working_in(tmp_path))
        process.kill()
        await process.wait()
        await nobody_works_in(tmp_path, within=5)
    async with running_in(tmp_path) as (process, again):
        assert again == url
        async with started("up", "--data", str(tmp_path)) as second:
            outcome = await ended(second)
        assert (outcome.code, outcome.out) == (1, "")
        assert "is in use by another Ticketstream" in outcome.err
        await open_ticket_and_see_it(again, "00000000-0000-4000-8000-000000000001")
        process.send_signal(signal.SIGINT)
        outcome = await ended(process)
    assert (outcome.code, outcome.out) == (0, "")
    assert working_in(tmp_path) == {}
    assert not (tmp_path / "run.json").exists()


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


async def test_several_of_each_service_run_on_engines_that_are_there(
    tmp_path: Path, engines: Any, settings: Any
) -> None:
    """The database and topics are the test's own; both engines stay as they are."""
    environment = {
        "TICKETSTREAM_DATABASE": settings.database,
        "TICKETSTREAM_TOPIC_PREFIX": settings.topic_prefix,
    }
    options = ("--kafka", engines.kafka, "--mongo", engines.mongo, "--commands", "2", "--projectors", "2")
    async with started("up", "--data", str(tmp_path), *options, environment=environment) as process:
        await line_with(process.stdout, "ready ")
        names = ["projector-1", "projector-2", "command-1", "command-2", "gateway"]
        assert sorted(processes(tmp_path)) == sorted(names)
        assert {child["state"] for child in processes(tmp_path).values()} == {"running"}
        process.send_signal(signal.SIGTERM)
        assert (await ended(process)).code == 0
    assert working_in(tmp_path) == {}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--kafka", "127.0.0.1:9", "--mongo", "mongodb://127.0.0.1:9/"], "MongoDB can not be used"),
        (["--tls-cert", __file__], "TLS needs both --tls-cert and --tls-key"),
        (["--tls-cert", __file__, "--tls-key", __file__], "can not be used with the key"),
    ],
)
async def test_what_can_not_work_is_refused_with_a_sentence(tmp_path: Path, options: list[str], sentence: str) -> None:
    async with started("up", "--data", str(tmp_path), *options) as process:
        outcome = await ended(process)
    assert (outcome.code, outcome.out) == (1, "")
    assert sentence in outcome.err
    assert working_in(tmp_path) == {}


async def test_a_folder_or_port_that_can_not_be_had_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for options, sentence in (
            (
                ["--data", str(tmp_path / "data"), "--port", str(port)],
                f"Port {port} can not be listened on (Address already in use)",
            ),
            (["--data", str(file / "below")], "can not be written"),
        ):
            async with started("up", *options) as process:
                outcome = await ended(process)
            assert (outcome.code, outcome.out) == (1, "")
            assert sentence in outcome.err


def _listening_elsewhere(pids: dict[int, str]) -> set[str]:
    """Give the addresses other than 127.0.0.1 that these processes listen on, as the kernel writes them."""
    listening, loopback = "0A", "0100007F"
    found = set()
    for pid in pids:
        own = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                address = local.split(":")[0]
                mapped = f"0000000000000000FFFF0000{loopback}"
                if state == listening and f"socket:[{rest[5]}]" in own and address not in {loopback, mapped}:
                    found.add(local)
    return found
