"""Clients that write continuously: each opens a ticket and comments on it, at the services in turn."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from uuid import uuid4

import aiohttp

from tests.support.data.contract_examples import command
from tests.support.data.directory import SOUTH
from tests.support.data.tickets import AT_NORTH

TICKETS = "/api/vEvent/tickets"
PLACES = (AT_NORTH, AT_NORTH | {"agencyUid": SOUTH})
OPENED_WITHIN = 60.0
ANSWERED_WITHIN = 20.0


@dataclass(slots=True)
class Traffic:
    """Clients of the command services; `urls` has the service URLs by name."""

    client: aiohttp.ClientSession
    urls: Mapping[str, str]
    cookie: str
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, services: Sequence[str], place: Mapping[str, str], pause: float) -> None:
        """Write to one ticket until `enough` is set. A command may be lost: nobody checks single answers."""
        opening = command("OpenTicket", aggregateUid=str(uuid4()), processUid=str(uuid4()), locationRef=place)
        following = cycle(services)
        async with asyncio.timeout(OPENED_WITHIN):
            while not await self._send(next(following), "POST", "", opening):
                await asyncio.sleep(pause)
        while not self.enough.is_set():
            comment = command("AddMessage", processUid=str(uuid4()))
            await self._send(next(following), "PATCH", "/" + opening["aggregateUid"], comment)
            await asyncio.sleep(pause)

    async def _send(self, service: str, method: str, path: str, sent: Mapping[str, Any]) -> bool:
        """Send a command; return whether it was accepted."""
        try:
            url = self.urls[service] + TICKETS + path
            async with self.client.request(method, url, json=sent, headers={"Cookie": self.cookie}) as answer:
                error = (await answer.json()).get("errorType")
                assert answer.status in (200, 201, 503) or error == "CommandAlreadySent", (answer.status, error)
                return answer.status != 503
        except (aiohttp.ClientError, TimeoutError):
            return False


@asynccontextmanager
async def traffic(
    urls: Mapping[str, str], cookie: str, pauses: Mapping[tuple[str, ...], float], clients: int
) -> AsyncIterator[None]:
    """Run `clients` clients for each entry of `pauses`: the services, and the seconds between two commands."""
    timeout = aiohttp.ClientTimeout(ANSWERED_WITHIN)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as client:
        made = Traffic(client, urls, cookie)
        async with asyncio.TaskGroup() as group:
            for services, pause in pauses.items():
                for number in range(clients):
                    group.create_task(made.write(services, PLACES[number % len(PLACES)], pause))
            try:
                yield
            finally:
                made.enough.set()
