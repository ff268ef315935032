"""A client that sends commands and other requests through the gateway, and can wait until a ticket is in the views."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

from services.cli.bench.bench_error import BenchError
from shared.clock import utc_now, wire

TICKETS = "/api/vEvent/tickets"
NORTH, PARIS = "7eccba5b-25c6-153f-2feb-7aef9e509123", "5ced7e8e-3baa-1cb1-575d-b0e98cf21d5c"
"""The agencies of the demonstration's directory."""
SHOWN_WITHIN = 120.0
LOOK_SECONDS = 0.02


class CommandClient:
    """Sends commands and counts the accepted and the refused ones."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.accepted = 0
        self.refused = 0

    async def open(self, **changed: Any) -> str:
        """Open a ticket with the fields `changed`, and return its uid."""
        ticket = str(uuid4())
        agency = changed.pop("agency", NORTH)
        content = _content(changed)
        opening = {"aggregateUid": ticket, "openedDate": wire(utc_now()), "ticket": content}
        await self._send("POST", TICKETS, {"commandType": "OpenTicket", "locationRef": _at(agency), **opening})
        return ticket

    async def move(self, ticket: str, agency: str) -> None:
        """Move a ticket to another agency."""
        update = {"commandType": "UpdateTicket", "locationRef": _at(agency), "openedDate": wire(utc_now())}
        await self._send("PATCH", f"{TICKETS}/{ticket}", {**update, "ticket": _content({})})

    async def comment(self, ticket: str, text: str) -> None:
        """Add a commentary to a ticket."""
        message = {"message": text, "messageAddedDate": wire(utc_now())}
        await self._send("PATCH", f"{TICKETS}/{ticket}", {"commandType": "AddMessage", **message})

    async def ask(self, path: str) -> None:
        """Send a GET and read the whole answer."""
        async with self._http.get(path) as answer:
            await answer.read()
            self._count(answer.status)

    async def post(self, path: str, body: bytes) -> None:
        """Send a POST with any body."""
        headers = {"Content-Type": "application/json"}
        async with self._http.post(path, data=body, headers=headers) as answer:
            await answer.read()
            self._count(answer.status)

    async def shown(self, ticket: str) -> float:
        """Return the seconds until the gateway shows a ticket; raises `BenchError` after `SHOWN_WITHIN` seconds."""
        began = monotonic()
        while monotonic() - began < SHOWN_WITHIN:
            async with self._http.get(f"/api/v1/tickets/{ticket}") as answer:
                await answer.read()
                if answer.status == 200:  # noqa: PLR2004 - found
                    return monotonic() - began
            await asyncio.sleep(LOOK_SECONDS)
        raise BenchError(f"a ticket was not shown within {SHOWN_WITHIN:g} seconds")

    async def _send(self, method: str, path: str, command: dict[str, Any]) -> None:
        body = orjson.dumps({"processUid": str(uuid4()), **command})
        headers = {"Content-Type": "application/json"}
        async with self._http.request(method, path, data=body, headers=headers) as answer:
            await answer.read()
            self._count(answer.status)

    def _count(self, status: int) -> None:
        if status < 300:  # noqa: PLR2004 - done
            self.accepted += 1
        else:
            self.refused += 1


@asynccontextmanager
async def client_of(url: str, cookie: str) -> AsyncIterator[CommandClient]:
    """Yield a client of the gateway at `url` with the session of `cookie`."""
    timeout, jar = aiohttp.ClientTimeout(SHOWN_WITHIN), aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(url, headers={"Cookie": cookie}, timeout=timeout, cookie_jar=jar) as http:
        yield CommandClient(http)


def _at(agency: str) -> dict[str, str]:
    return {"locationReferenceType": "AgencyLocation", "agencyUid": agency}


def _content(changed: dict[str, Any]) -> dict[str, Any]:
    caller = {"callerType": "HumanCaller", "name": {"nameType": "PoorName", "value": "Mme Lefevre"}}
    address = {"street": "12 rue de Gand", "zipCode": "59200", "city": changed.pop("city", "Tourcoing")}
    texts = {"request": "The lift is stuck.", "callPurposeLabel": "Lift"}
    maps: dict[str, Any] = {"claimNumber": {}, "altCallPurpose": {}, "additionalData": {}}
    return {"caller": caller, "address": address, **texts, **maps, **changed}
