"""No personal data in any log of a whole stack: neither texts of users nor their names."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shared.mongo import Database, connected, database
from tests.contract.shapes import COMMANDS
from tests.integration.command.command_platform import put, written
from tests.support.clients.http import Answer, request
from tests.support.data.directory import ACCOUNT, NORTH
from tests.support.data.marks import MARK, marked, misshapen
from tests.support.data.refusal_cases import ASSIGNED, DEADLINE_DEFINED, OPENED
from tests.support.expected.views import until
from tests.support.processes.running_stack import USER, imported, running_in

COMMANDS_AT = "/api/vEvent/tickets"
LOGIN, PASSWORD = f"{MARK}-operator", f"{MARK} a password"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack in which every name is marked, and the cookie of a user who may do everything."""

    url: str
    folder: Path
    db: Database
    cookie: str

    async def ask(self, method: str, target: str, **sent: Any) -> Answer:
        headers = {"Cookie": self.cookie, "Content-Type": "application/json"} | sent.pop("headers", {})
        return await request(method, self.url + target, headers=headers, **sent)


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run a stack with its own engines, because their logs are searched too."""
    folder = tmp_path_factory.mktemp("marked")
    agency = {"uid": NORTH, "label": f"{MARK} North", "accountUid": ACCOUNT}
    async with running_in(folder) as (_, url):
        await imported(folder, "users", [USER | {"login": LOGIN, "password": PASSWORD}])
        await imported(folder, "directory", {"agencies": [agency]})
        login = json.dumps({"login": LOGIN, "password": PASSWORD})
        answer = await request("POST", f"{url}/api/v1/login", data=login, headers={"Content-Type": "application/json"})
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        recorded = json.loads((folder / "run.json").read_text())
        async with connected(recorded["mongo"]) as client:
            yield Stack(url, folder, database(client, recorded["database"]), cookie)


async def say_everything(stack: Stack) -> list[str]:
    """Send every command, valid and invalid, and search for marked words; return the tickets."""
    tickets = []
    target = ("MessageAdded", {"processUid": written("CorrectTicketEventInformations")["targetedEvent"]})
    for name in COMMANDS:
        life = await put(stack.db, OPENED, ASSIGNED, DEADLINE_DEFINED, target)
        sent = marked(written(name))
        method, path = ("POST", "") if name == "OpenTicket" else ("PATCH", f"/{life[0].ticket}")
        answer = await stack.ask(method, COMMANDS_AT + path, data=json.dumps(sent))
        assert answer.status in (200, 201), (name, answer.body)
        tickets.append(json.loads(answer.body)["events"][0]["aggregateUid"])
        for body in misshapen(sent):
            await stack.ask(method, COMMANDS_AT + path, data=body)
    word = quote(MARK)
    for query in (f"fulltext={word}", f"location={word}", f"purpose={word}", f"status={word}", f"range={word}", word):
        for path in ("", "/stats", "/export", f"/{word}"):
            assert (await stack.ask("GET", f"/api/v1/tickets{path}?{query}")).status < 500
    for path in (f"/{word}", f"/api/v1/tickets/{word}/journal", f"/{word}?{word}", f"/api/v1/login/{word}"):
        for method in ("GET", "POST", "PATCH", "OPTIONS"):
            assert (await stack.ask(method, path)).status in (404, 405)
    for login in (LOGIN, MARK):
        for _ in range(12):
            wrong = json.dumps({"login": login, "password": MARK})
            await stack.ask("POST", "/api/v1/login", data=wrong)
    await stack.ask("GET", "/api/v1/tickets", headers={"Cookie": f"PI_SESSION={word}", "traceparent": MARK})
    return tickets


async def test_no_text_of_anybody_is_in_any_log(stack: Stack) -> None:
    tickets = await say_everything(stack)

    async def all_shown() -> bool:
        return all([(await stack.ask("GET", f"/api/v1/tickets/{ticket}")).status == 200 for ticket in tickets])

    await until(all_shown)
    logs = {file.stem: file.read_text() for file in (stack.folder / "logs").glob("*.log")}
    assert {"command-1", "projector-1", "gateway", "mongod", "kafka"} <= logs.keys()
    for name, text in logs.items():
        assert MARK.lower() not in text.lower(), name
    said = {
        json.loads(line).get("event") for text in logs.values() for line in text.splitlines() if line.startswith("{")
    }
    assert {"events_appended", "command_refused", "events_applied", "login_limited", "request"} <= said


async def test_each_request_has_a_line_and_health_checks_have_none(stack: Stack) -> None:
    def said(service: str, event: str) -> list[dict[str, Any]]:
        complete = (stack.folder / "logs" / f"{service}.log").read_text().rpartition("\n")[0]
        return [line for line in map(json.loads, complete.splitlines()) if line["event"] == event]

    def requests(service: str) -> list[dict[str, Any]]:
        return said(service, "request")

    async def asked(trace: str) -> None:
        """Send a command with `trace`, and wait until both services have logged its request."""
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        assert (await stack.ask("PATCH", f"{COMMANDS_AT}/{MARK}", data="{}", headers=headers)).status == 400

        async def written() -> bool:
            return all(any(line["trace"] == trace for line in requests(name)) for name in ("gateway", "command-1"))

        await until(written)

    await asked("1" * 32)
    before = len(requests("gateway"))
    for monitoring in json.loads((stack.folder / "run.json").read_text())["monitoring"].values():
        assert (await request("GET", f"{monitoring}/readyz")).status == 200
    await asked("2" * 32)
    (line,) = requests("gateway")[before:]
    for facts in (line, requests("command-1")[-1]):
        assert (facts["method"], facts["route"], facts["status"]) == ("PATCH", f"{COMMANDS_AT}/{{ticket_uid}}", 400)
    assert said("command-1", "command_unreadable")[-1]["field"] == "ticket_uid"


async def test_no_session_is_in_any_log(stack: Stack) -> None:
    token = stack.cookie.partition("=")[2]
    for file in (stack.folder / "logs").glob("*.log"):
        assert token not in file.read_text()


async def test_mongod_logs_no_slow_operation(stack: Stack) -> None:
    assert (await stack.db.command({"profile": -1}))["slowms"] == 2**31 - 1
