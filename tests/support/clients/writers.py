"""Clients that write through the gateway, one ticket each, and repeat a command until it is accepted."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

import aiohttp

from tests.support.data.contract_examples import command
from tests.support.expected.views import until

EVENTS = "/api/vEvent/tickets"
TICKETS = "/api/v1/tickets"
ACCEPTED_WITHIN = 90.0
ANSWERED_WITHIN = 20.0
AGAIN = 0.2
"""Seconds until a command without an answer, or with answer 503, is sent again."""


@dataclass(slots=True)
class Writer:
    """A client that sends one command after the other, each until it is accepted."""

    client: aiohttp.ClientSession
    place: dict[str, str]
    pause: float
    ticket: str = field(default_factory=lambda: str(uuid4()))
    accepted: list[str] = field(default_factory=list)
    """The processUids of the ticket's events, in the order of their versions."""
    sent_again: int = 0
    longest: float = 0.0
    """Longest time in seconds from the first sending of a command to its acceptance."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self) -> None:
        """Open the ticket and comment on it until `enough` is set."""
        await self._insist("POST", EVENTS, command("OpenTicket", aggregateUid=self.ticket, locationRef=self.place))
        while not self.enough.is_set():
            await asyncio.sleep(self.pause)
            await self._insist("PATCH", f"{EVENTS}/{self.ticket}", command("AddMessage"))

    async def shown(self) -> bool:
        """Return whether the views show all commands accepted so far."""
        seen = {"If-Ticket-Version": f"{self.ticket}:{len(self.accepted)}"}
        try:
            async with self.client.get(f"{TICKETS}/{self.ticket}", headers=seen) as answer:
                assert answer.status in (200, 503), answer.status
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _insist(self, method: str, path: str, what: dict[str, Any]) -> None:
        """Send `what` until it is accepted. `CommandAlreadySent` is allowed only for a repeated command."""
        what["processUid"] = str(uuid4())
        began, tries = monotonic(), 1
        async with asyncio.timeout(ACCEPTED_WITHIN):
            while not await self._accepted(method, path, what, first=tries == 1):
                tries += 1
                await asyncio.sleep(AGAIN)
        self.accepted.append(what["processUid"])
        self.sent_again += tries - 1
        self.longest = max(self.longest, monotonic() - began)

    async def _accepted(self, method: str, path: str, what: dict[str, Any], *, first: bool) -> bool:
        try:
            async with self.client.request(method, path, json=what) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            return False
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) > 0, body
            return False
        if answer.status == 400 and not first:
            assert json.loads(body)["errorType"] == "CommandAlreadySent", body
            return True
        assert answer.status in (200, 201), (answer.status, body)
        assert answer.headers["Ticket-Version"] == f"{self.ticket}:{len(self.accepted) + 1}"
        return True


@asynccontextmanager
async def writing(url: str, cookie: str, places: Sequence[dict[str, str]], pause: float) -> AsyncIterator[list[Writer]]:
    """Run a writer for each of `places`; at the end, each waits for the answer to its last command."""
    async with aiohttp.ClientSession(
        url,
        headers={"Cookie": cookie},
        timeout=aiohttp.ClientTimeout(ANSWERED_WITHIN),
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as client:
        writers = [Writer(client, place, pause) for place in places]
        async with asyncio.TaskGroup() as group:
            for writer in writers:
                group.create_task(writer.write())
            try:
                yield writers
            finally:
                for writer in writers:
                    writer.enough.set()


async def until_accepted_and_shown(writers: Sequence[Writer], commands: int, within: float) -> None:
    """Wait until every writer had `commands` more commands accepted, and the views show them."""
    wanted = [len(writer.accepted) + commands for writer in writers]

    async def accepted() -> bool:
        await asyncio.sleep(AGAIN)
        return all(len(writer.accepted) >= count for writer, count in zip(writers, wanted, strict=True))

    async def shown() -> bool:
        return all([await writer.shown() for writer in writers])

    await until(accepted, within)
    await until(shown, within)
