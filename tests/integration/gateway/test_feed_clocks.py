"""The feed with a working projector: pollers whose clocks are ahead, and a gateway that stops while they wait."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from time import monotonic

import aiohttp
import pytest

from shared.clock import utc_now, wire
from shared.storage.topics import PARTITIONS
from tests.integration.gateway.gateway_platform import Platform, gateway, platform_on
from tests.support.clients.http import answering, free_port, request
from tests.support.clients.pollers import FEED, Poller, late_events
from tests.support.data.tickets import AT_NORTH, Stored, publish_events, stored, ticket_uid
from tests.support.engines.chosen_engines import Engines
from tests.support.expected.views import until
from tests.support.processes.services import service

CLOCKS = (0.0, 0.5, 4.0, 60.0)
"""Seconds by which pollers' clocks are ahead of the server's."""
EVENTS = 24
EVERY = 0.25
PACE = 0.3


@pytest.fixture(scope="module")
async def fed(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run a gateway and a projector."""
    folder = tmp_path_factory.mktemp("fed")
    async with platform_on(engines, folder) as running, service("projector", running.settings, folder / "projector"):

        async def projecting() -> bool:
            recent = {"feedUntil": {"$gt": utc_now() - timedelta(seconds=5)}}
            return await running.db.checkpoints.count_documents(recent) == PARTITIONS

        await until(projecting)
        yield running


async def test_pollers_whose_clocks_are_ahead_miss_no_event(fed: Platform) -> None:
    start, sent = utc_now(), dict[str, Stored]()
    async with AsyncExitStack() as closing:
        timeout, jar = aiohttp.ClientTimeout(20), aiohttp.DummyCookieJar()
        client = await closing.enter_async_context(aiohttp.ClientSession(fed.url, timeout=timeout, cookie_jar=jar))
        pollers = [Poller(client, fed.cookies["all"], PACE, start, clock) for clock in CLOCKS]
        group = await closing.enter_async_context(asyncio.TaskGroup())
        for poller in pollers:
            group.create_task(poller.poll())
        for number in range(EVENTS):
            opened = stored(ticket_uid(number), 1, "TicketOpened", locationRef=AT_NORTH, sentDate=wire(utc_now()))
            await publish_events(fed.settings, [opened])
            sent[opened.fields["processUid"]] = opened
            await asyncio.sleep(EVERY)

        async def shown() -> bool:
            return await fed.db.journal.count_documents({}) == EVENTS

        await until(shown)
        for poller in pollers:
            poller.enough.set()
    late = await late_events(fed.db)
    events = {process: event.fields for process, event in sent.items()}
    assert {poller.clock: list(poller.faults(events, late)) for poller in pollers} == {clock: [] for clock in CLOCKS}


async def test_a_stopping_gateway_refuses_waiting_polls_at_once(
    fed: Platform, tmp_path_factory: pytest.TempPathFactory
) -> None:
    port, log = free_port(), tmp_path_factory.mktemp("stopped") / "log"
    async with gateway(fed.settings, "gateway-2", port, fed.commands.urls, log) as process:
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        now = utc_now()
        target = f"{FEED}?from={wire(now)}&to={wire(now + timedelta(seconds=9))}"
        waiting = asyncio.create_task(request("GET", url + target, headers={"Cookie": fed.cookies["all"]}))
        await asyncio.wait({waiting}, timeout=1.5)
        began = monotonic()
        process.send_signal(signal.SIGTERM)
        answer = await waiting
        assert await process.wait() == 0
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert monotonic() - began < 6, "it waited for the end of the window"
        assert "error" not in log.read_text()
