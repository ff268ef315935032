"""The gateway behaves as its OpenAPI document says: schemathesis tests every operation and finds no difference."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from services.cli.imports.tokens import make_token
from shared.accounts.session_cookie import COOKIE
from shared.mongo import Database
from shared.process.settings import EngineSettings
from tests.contract.shapes import EVENTS
from tests.support.clients.http import request
from tests.support.data.tickets import ticket_uid
from tests.support.processes.running_stack import (
    CREDENTIALS,
    open_ticket_and_see_it,
    options_for,
    running_in,
    with_a_user_and_an_agency,
)

TOP = Path(__file__).parents[2]
CONFIGURATION = TOP / "tests" / "e2e" / "schemathesis.toml"
TICKET = ticket_uid(0)
LIMIT = 900
"""Limit in seconds; the run takes about a hundred."""
LOGOUTS = 10
FIRST, TOKEN, TO_END = "A_TICKET_VERSION", "A_TOKEN", "SESSIONS_TO_END"
"""The names that the hooks of `tests.support.expected.allowances` read, which only schemathesis can import."""


@pytest.mark.long
async def test_schemathesis_finds_nothing(settings: EngineSettings, db: Database, tmp_path: Path) -> None:
    options, environment = options_for(settings)
    async with running_in(tmp_path, *options, environment=environment) as (_, url):
        await with_a_user_and_an_agency(tmp_path)
        await open_ticket_and_see_it(url, TICKET)
        token, _ = await make_token(settings, str(CREDENTIALS["login"]), "schemathesis", days=1)
        leaving = [await session(url) for _ in range(LOGOUTS)]
        given = {COOKIE: await session(url), TOKEN: token, FIRST: f"{TICKET}:1", TO_END: ",".join(leaving)}
        opened = await db.sessions.count_documents({})
        code, said = await tried(url, **given)
        assert code == 0, said
        assert "Tested: 14" in said
        assert await db.sessions.count_documents({}) < opened
        assert await db.tokens.count_documents({"used": {"$exists": True}}) == 1
        accepted = set(await db.events.distinct("type"))
        needs_a_known_event = {"TicketEventInformationsCorrected"}
        assert set(EVENTS) - accepted <= needs_a_known_event


async def session(url: str) -> str:
    answer = await request("POST", f"{url}/api/v1/login", json=CREDENTIALS)
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value


async def tried(url: str, **environment: str) -> tuple[int | None, str]:
    """Run schemathesis; return its exit code and its output."""
    words = ("--config-file", str(CONFIGURATION), "run", f"{url}/api/openapi.json", "--no-color")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "schemathesis.cli",
        *words,
        cwd=TOP,
        env=os.environ | environment,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LIMIT)
        return process.returncode, said.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
