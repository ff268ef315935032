"""Limits of a command service: overload, slowness, and clients or a database that are gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from services.command import endpoints, event_store, handler
from services.command.endpoints import ANSWERED_WITHIN
from shared.accounts import sessions
from shared.http import bodies as arriving
from shared.http.memory_budget import MemoryBudget, OverBudgetError
from shared.http.request_limits import BODY_LIMIT, BODY_SECONDS
from shared.mongo import connected, database
from tests.integration.command.command_platform import (
    OPEN,
    Client,
    Services,
    bodies,
    command_service,
    error_of,
    fresh,
    served_here,
    written,
)
from tests.support.clients.http import Answer
from tests.support.engines.proxy import Proxy, proxy
from tests.support.expected.views import until
from tests.support.processes.logs import has_failure
from tests.support.processes.tasks import first_done


@dataclass(frozen=True, slots=True)
class Here(Client):
    """A command service in this process, and the proxy between it and MongoDB."""

    between: Proxy


@pytest.fixture
async def here(commands: Services, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Here]:
    """Run a service whose sessions stay trusted while MongoDB is held back, however slow the machine is."""
    monkeypatch.setattr(sessions, "TRUSTED_FOR", timedelta(minutes=5))
    settings = commands.settings
    async with proxy(urlsplit(settings.mongo).port or 0) as between:
        mongo = f"mongodb://127.0.0.1:{between.port}/?directConnection=true"
        async with (
            connected(mongo) as client,
            served_here(settings, database(client, settings.database)) as url,
        ):
            yield Here((url,), commands.cookies, between)
            between.passing.set()


def turned_away(answer: Answer) -> bool:
    """Return whether the client is asked to send its command again, in the right form."""
    if answer.status != 503:
        return False
    return (error_of(answer), answer.headers.get("Retry-After")) == ("Unavailable", "1")


async def stuck(here: Here, ticket: str, count: int) -> list["asyncio.Task[Answer]"]:
    """Make commands wait: MongoDB answers nobody after the first of them is written."""
    first = written("AddMessage")
    here.between.keep_back_after = first["processUid"].encode()
    sent = [first, *(written("AddMessage") for _ in range(count - 1))]
    tasks = [asyncio.create_task(here.send(sent[0], ticket))]
    async with asyncio.timeout(30):
        while here.between.passing.is_set():
            await asyncio.sleep(0.01)
    return tasks + [asyncio.create_task(here.send(command, ticket)) for command in sent[1:]]


def released(here: Here) -> None:
    here.between.keep_back_after = None
    here.between.passing.set()


async def test_commands_beyond_the_limit_are_refused_at_once(
    here: Here, commands: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "AT_ONCE", 3)
    ticket = await commands.opened()
    waiting = await stuck(here, ticket, 8)
    refused, held = await first_done(waiting, 5)
    assert (len(refused), len(held)) == (5, 3)
    assert all(turned_away(task.result()) for task in refused)
    released(here)
    assert [(await task).status for task in held] == [200] * 3
    assert len(await bodies(commands.db, ticket)) == 4


async def test_events_beyond_the_queue_are_refused_at_once(
    here: Here, commands: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One event is being written, two wait; the queue refuses the fourth."""
    monkeypatch.setattr(event_store, "QUEUE", 2)
    tickets = [await here.opened() for _ in range(6)]
    (writing,) = await stuck(here, await here.opened(), 1)
    others = [asyncio.create_task(here.send(written("AddMessage"), ticket)) for ticket in tickets]
    refused, held = await first_done(others, 4)
    assert (len(refused), len(held)) == (4, 2)
    assert all(turned_away(task.result()) for task in refused)
    released(here)
    assert [(await task).status for task in (writing, *held)] == [200] * 3
    assert sum([len(await bodies(commands.db, ticket)) - 1 for ticket in tickets]) == 2


async def test_the_wait_for_mongodb_is_bounded_as_a_whole(
    here: Here, monkeypatch: pytest.MonkeyPatch, commands: Services
) -> None:
    """The limit covers session and command together."""
    monkeypatch.setattr(endpoints, "ANSWERED_WITHIN", 1.5)
    ticket = await commands.opened()
    here.between.delay = 0.3
    assert turned_away(await here.send(written("AddMessage"), ticket))
    here.between.delay = 0


async def raw(here: Here, *parts: bytes, leave: bool = False) -> bytes:
    """Send raw bytes, then leave at once, or read until the service closes the connection."""
    host, _, port = here.urls[0].removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(30):
            return b"" if leave else await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def head(here: Here, ticket: str, length: int) -> bytes:
    """Return the head of an increment that announces a body of `length` bytes."""
    lines = [f"PATCH {OPEN}/{ticket} HTTP/1.1", "Host: x", f"Cookie: {here.cookies['all']}", "Connection: close"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "\r\n"]).encode()


@pytest.mark.parametrize("parts", [(), (b'{"pro',)], ids=["nothing of it", "a part of it"])
async def test_a_body_that_does_not_arrive_is_not_waited_for(
    here: Here, monkeypatch: pytest.MonkeyPatch, parts: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(arriving, "BODY_SECONDS", 0.3)
    answered = await raw(here, head(here, fresh(), 100), *parts)
    assert answered.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answered.partition(b"\r\n\r\n")[2])["errorType"] == "BadRequest"


@pytest.mark.parametrize("session", ["", "Cookie: PI_SESSION=of-nobody\r\n"])
async def test_without_a_session_a_body_is_not_waited_for(here: Here, session: str) -> None:
    for announced in (f"Content-Length: {BODY_LIMIT + 1}", "Transfer-Encoding: chunked"):
        sent = f"PATCH {OPEN}/{fresh()} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{session}{announced}\r\n\r\n"
        async with asyncio.timeout(BODY_SECONDS - 1):  # the service would wait that long for a body
            answered = await raw(here, sent.encode())
        assert answered.startswith(b"HTTP/1.1 401 ")


async def test_large_bodies_over_the_budget_are_refused_while_small_ones_are_accepted(
    here: Here, commands: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await commands.opened()
    budget = MemoryBudget(100_000, for_one=80_000)
    monkeypatch.setattr(endpoints, "BODY_BUDGET", budget)
    large = written("AddMessage", message="x" * 50_000)
    body = json.dumps(large).encode()
    slow = asyncio.create_task(raw(here, head(here, ticket, len(body)), body[:-1]))
    try:

        async def holds_room() -> bool:
            try:
                budget.take("another", 60_000)
            except OverBudgetError:
                return True
            budget.give_back("another", 60_000)
            return False

        await until(holds_room)
        assert turned_away(await here.send(written("AddMessage", message="x" * 50_000), ticket))
        assert (await here.send(written("AddMessage"), ticket)).status == 200
    finally:
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)

    async def taken() -> bool:
        return (await here.send(large, ticket)).status == 200

    await until(taken)


async def test_a_client_that_leaves_before_its_answer_neither_loses_nor_doubles_the_write(
    here: Here, commands: Services
) -> None:
    ticket, sent = await commands.opened(), written("AddMessage")
    body = json.dumps(sent).encode()
    here.between.keep_back_after = sent["processUid"].encode()

    async def written_once() -> bool:
        return await commands.db.events.count_documents({"processUid": sent["processUid"]}) == 1

    asking = asyncio.create_task(raw(here, head(here, ticket, len(body)), body))
    await until(written_once)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    released(here)
    for client in (here, commands):
        assert error_of(await client.send(sent, ticket)) == "CommandAlreadySent"
    assert len(await bodies(commands.db, ticket)) == 2


async def test_nothing_is_kept_of_a_client_that_leaves_during_its_body(here: Here, commands: Services) -> None:
    ticket, sent = await commands.opened(), written("AddMessage")
    body = json.dumps(sent).encode()
    await raw(here, head(here, ticket, len(body)), body[:-1], leave=True)
    assert (await here.send(sent, ticket)).status == 200
    assert len(await bodies(commands.db, ticket)) == 2


async def sent_until_accepted(commands: Services, ticket: str, to: int = 0) -> Answer | None:
    """Send a command again while it is turned away, as on a slow machine; None when its first answer was lost."""
    sent = written("AddMessage")
    async with asyncio.timeout(60):
        while turned_away(answer := await commands.send(sent, ticket, to=to)):
            await asyncio.sleep(0.1)
    if answer.status == 400:
        assert error_of(answer) == "CommandAlreadySent"
        return None
    assert answer.status == 200
    return answer


async def test_hundreds_of_commands_at_once_on_one_ticket_leave_no_gap(commands: Services) -> None:
    ticket = await commands.opened()
    answers = await asyncio.gather(*(sent_until_accepted(commands, ticket) for _ in range(300)))
    stored = await bodies(commands.db, ticket)
    assert len(stored) == 301
    answered = {answer.body for answer in answers if answer}
    assert answered
    assert answered <= {b'{"events":[' + body + b"]}" for body in stored[1:]}


async def test_hundreds_of_commands_at_once_on_one_ticket_through_two_services_leave_no_gap(commands: Services) -> None:
    ticket = await commands.opened()
    answers = await asyncio.gather(*(sent_until_accepted(commands, ticket, n % 2) for n in range(200)))
    assert any(answers)
    assert len(await bodies(commands.db, ticket)) == 201


async def test_without_mongodb_commands_are_refused_in_time_and_accepted_afterwards(
    commands: Services, tmp_path: Path
) -> None:
    ticket, log = await commands.opened(), tmp_path / "log"
    lost = written("AddMessage")
    async with proxy(urlsplit(commands.settings.mongo).port or 0) as between:
        mongo = f"mongodb://127.0.0.1:{between.port}/?directConnection=true"
        settings = commands.settings.model_copy(update={"mongo": mongo})
        async with command_service(settings, log, f"alone-{fresh()}") as (url, process):
            alone = Client((url,), commands.cookies)
            assert (await alone.send(written("AddMessage"), ticket)).status == 200
            between.closed = True
            between.cut()
            began = monotonic()
            answers = await asyncio.gather(
                alone.send(lost, ticket),  # its session is cached
                alone.send(written("OpenTicket"), login="north"),  # this one is not
            )
            assert all(turned_away(answer) for answer in answers)
            assert monotonic() - began < 3 * ANSWERED_WITHIN
            between.closed = False

            async def taken_again() -> bool:
                answer = await alone.send(lost, ticket)
                assert answer.status == 200 or error_of(answer) == "CommandAlreadySent" or turned_away(answer)
                return answer.status != 503

            await until(taken_again)
            assert await commands.db.events.count_documents({"processUid": lost["processUid"]}) == 1
            assert process.returncode is None
        assert not has_failure(log.read_text())
