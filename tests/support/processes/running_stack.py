"""A stack that `ticketstream up` runs: starting it, inspecting it, and using it."""

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from shared.process.settings import EngineSettings
from tests.support.data.contract_examples import command
from tests.support.data.directory import ACCOUNT, NORTH
from tests.support.data.tickets import AT_NORTH
from tests.support.expected.views import until
from tests.support.processes.command_line import SECONDS, ended, started

USER = {
    "uid": "0b7c2f4e-51d8-4a6e-9c1d-8e2a7f3b6d90",
    "login": "op",
    "password": "a password for this test",
    "role": "operator",
    "scope": {"kind": "everything"},
}
CREDENTIALS = {name: USER[name] for name in ("login", "password")}


@asynccontextmanager
async def running_in(
    folder: Path, *options: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Process, str]]:
    """Run `up` in `folder` until the block ends; yields the process and the URL that it prints."""
    async with started("up", "--data", str(folder), *options, environment=environment) as process:
        assert process.stdout
        said = await asyncio.wait_for(process.stdout.readline(), SECONDS)
        assert said.startswith(b"ready "), (said, (await ended(process)).err)
        yield process, said.decode().split()[1]


def options_for(engines: EngineSettings) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the options and the environment that make `up` use these engines, database and topics."""
    environment = {"TICKETSTREAM_DATABASE": engines.database, "TICKETSTREAM_TOPIC_PREFIX": engines.topic_prefix}
    return ("--kafka", engines.kafka, "--mongo", engines.mongo), environment


def processes(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what `run.json` says of the stack's processes, by name."""
    return {child["name"]: child for child in json.loads((folder / "run.json").read_text())["processes"]}


async def imported(folder: Path, kind: str, content: Any) -> None:
    """Import `content` into the stack in `folder`; `kind` is `users` or `directory`."""
    file = folder / f"{kind}.json"
    file.write_text(json.dumps(content))
    async with started(kind, "import", str(file), "--data", str(folder)) as importing:
        outcome = await ended(importing)
        assert outcome.code == 0, outcome.err


async def with_a_user_and_an_agency(folder: Path) -> None:
    """Import what a ticket needs into the stack in `folder`."""
    await imported(folder, "users", [USER])
    await imported(folder, "directory", {"agencies": [{"uid": NORTH, "label": "North", "accountUid": ACCOUNT}]})


async def open_ticket_and_see_it(url: str, ticket: str, *, seen: bool = True) -> None:
    """Log in, open a ticket, and, if `seen`, wait until the list shows it; repeats while the stack is unavailable."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar, timeout=aiohttp.ClientTimeout(10)) as client:

        async def accepted() -> bool:
            async with client.post("/api/v1/login", json=CREDENTIALS) as answer:
                if answer.status != 200:
                    return False
            sent = command("OpenTicket", aggregateUid=ticket, processUid=ticket, locationRef=AT_NORTH)
            async with client.post("/api/vEvent/tickets", json=sent) as answer:
                return answer.status == 201 or (await answer.json())["errorType"] == "CommandAlreadySent"

        async def listed() -> bool:
            async with client.get("/api/v1/tickets") as answer:
                return answer.status == 200 and ticket in {item["uid"] for item in (await answer.json())["result"]}

        async def through(step: Any) -> bool:
            try:
                return bool(await step())
            except (aiohttp.ClientError, TimeoutError):
                return False

        await until(lambda: through(accepted), SECONDS)
        if seen:
            await until(lambda: through(listed), SECONDS)
