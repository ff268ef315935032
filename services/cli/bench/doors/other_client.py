"""Another client, which observes its own requests during an attack."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter

import aiohttp

from services.cli.demo.setup import Account

PAGE_EVERY, LOGIN_EVERY = 0.05, 1.0
"""Seconds between two requests; more frequent logins would be rate-limited."""
PATIENCE = 30.0
OTHER_ADDRESS = "127.0.2.1"
"""The loopback address of the other client."""


@dataclass(slots=True)
class Observed:
    """The seconds that each request took, and the number of failed requests."""

    latencies: list[float] = field(default_factory=list)
    failed: int = 0


@asynccontextmanager
async def observing(url: str, cookie: str, account: Account) -> AsyncIterator[tuple[Observed, Observed]]:
    """Request a page and log in, again and again, on new connections while the block runs; yield the observations."""
    pages, logins, over = Observed(), Observed(), asyncio.Event()

    async def page(http: aiohttp.ClientSession) -> bool:
        async with http.get("/api/v1/tickets?range=0-0", headers={"Cookie": cookie}) as answer:
            await answer.read()
            return answer.ok

    async def log_in(http: aiohttp.ClientSession) -> bool:
        sent = {"login": account.login, "password": account.password}
        async with http.post("/api/v1/login", json=sent) as answer:
            await answer.read()
            return answer.ok

    async with asyncio.TaskGroup() as asking:
        asking.create_task(_ask(url, page, pages, PAGE_EVERY, over))
        asking.create_task(_ask(url, log_in, logins, LOGIN_EVERY, over))
        try:
            yield pages, logins
        finally:
            over.set()


async def _ask(
    url: str,
    act: Callable[[aiohttp.ClientSession], Awaitable[bool]],
    observed: Observed,
    every: float,
    over: asyncio.Event,
) -> None:
    while not over.is_set():
        began = perf_counter()
        connector = aiohttp.TCPConnector(local_addr=(OTHER_ADDRESS, 0), force_close=True)
        jar, timeout = aiohttp.DummyCookieJar(), aiohttp.ClientTimeout(PATIENCE)
        try:
            async with aiohttp.ClientSession(url, connector=connector, cookie_jar=jar, timeout=timeout) as http:
                is_well = await act(http)
        except (aiohttp.ClientError, TimeoutError):
            is_well = False
        observed.latencies.append(perf_counter() - began)
        observed.failed += not is_well
        await asyncio.sleep(every)
