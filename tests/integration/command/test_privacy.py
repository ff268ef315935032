"""No personal data in the log: neither texts of users nor their names."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tests.contract.shapes import COMMANDS
from tests.integration.command.command_platform import OPEN, Client, Services, command_service, fresh, put, written
from tests.support.data.contract_examples import command
from tests.support.data.marks import MARK, marked, misshapen
from tests.support.data.refusal_cases import ASSIGNED, DEADLINE_DEFINED, OPENED
from tests.support.engines.proxy import proxy
from tests.support.expected.views import until
from tests.support.processes.services import stopped


def answered_by(log: Path) -> list[dict[str, Any]]:
    """Read a service's log, one JSON object per line, and check that it holds no mark."""
    text = log.read_text()
    assert MARK.lower() not in text.lower()
    return [json.loads(line) for line in text.splitlines()]


async def test_no_text_of_a_command_and_no_login_is_logged(commands: Services, tmp_path: Path) -> None:
    log, accepted = tmp_path / "log", 0
    target = ("MessageAdded", {"processUid": command("CorrectTicketEventInformations")["targetedEvent"]})
    async with command_service(commands.settings, log, f"quiet-{fresh()}") as (url, process):
        client = Client((url,), commands.cookies)
        for name in COMMANDS:
            life = await put(commands.db, OPENED, ASSIGNED, DEADLINE_DEFINED, target)
            sent, ticket = marked(written(name)), None if name == "OpenTicket" else life[0].ticket
            method, path = ("POST", OPEN) if ticket is None else ("PATCH", f"{OPEN}/{ticket}")
            accepted += (await client.send(sent, ticket)).status in (200, 201)
            for body in misshapen(sent):
                assert (await client.ask(method, path, data=body)).status in (200, 201, 400)
            assert (await client.send(sent, ticket, "reader")).status == 403
        odd = {"Cookie": f"PI_SESSION={MARK}", "Content-Type": f"text/{MARK}", MARK: MARK}
        for path in (OPEN, f"{OPEN}/{quote(MARK)}", f"/{MARK}"):
            for method in ("POST", "PATCH", "GET"):
                await client.ask(method, f"{path}?{MARK}", None, headers=odd, data=MARK)
        await stopped(process)
    events = {line["event"] for line in answered_by(log)}
    assert accepted == len(COMMANDS)
    assert events >= {"command_refused", "command_forbidden"}
    text = log.read_text()
    assert f"{life[0].ticket}:{len(life) + 1}" in text  # the log names an accepted command by its event's uid
    assert not any(secret in text for secret in ("reader", commands.cookies["all"].partition("=")[2]))


async def test_no_text_is_logged_of_a_command_that_cannot_be_written(commands: Services, tmp_path: Path) -> None:
    log, ticket = tmp_path / "log", await commands.opened()
    async with proxy(urlsplit(commands.settings.mongo).port or 0) as between:
        mongo = f"mongodb://127.0.0.1:{between.port}/?directConnection=true"
        settings = commands.settings.model_copy(update={"mongo": mongo})
        async with command_service(settings, log, f"quiet-{fresh()}") as (url, _):
            client = Client((url,), commands.cookies)

            async def sent() -> int:
                return (await client.send(marked(written("AddMessage")), ticket)).status

            async def accepted() -> bool:
                return await sent() == 200

            async def unsettled() -> bool:
                # A service that must read the session anew fails before it appends.
                between.losing_answers = False
                await until(accepted)
                between.losing_answers = True
                assert await sent() == 503
                with suppress(TimeoutError):
                    await until(logged, seconds=10)
                return await logged()

            async def logged() -> bool:
                return "append_unsettled" in log.read_text()

            await until(unsettled)
            between.losing_answers = False
            await until(accepted)
    assert {line["event"] for line in answered_by(log)} >= {"append_unsettled", "command_unavailable"}
