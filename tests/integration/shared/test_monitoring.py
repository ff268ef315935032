"""The monitoring endpoints of each service: health, readiness, metrics."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from shared.process import monitoring
from shared.process.monitoring import Check, monitored
from shared.process.settings import EngineSettings, ServiceSettings
from tests.support.clients.http import free_port, listening, request
from tests.support.data.directory import publish_directory
from tests.support.data.tickets import life, publish_events, ticket_uid
from tests.support.engines.proxy import proxy
from tests.support.expected.views import until
from tests.support.processes.services import service
from tests.support.processes.tasks import running

SERVICES: dict[str, Callable[[int], dict[str, Any]]] = {
    "command": lambda port: {"port": port},
    "projector": lambda _port: {},
    "gateway": lambda port: {"port": port, "command_urls": f"http://127.0.0.1:{free_port()}"},
}


def saying(answer: str | None) -> Check:
    async def check() -> str | None:
        return answer

    return check


async def never() -> str | None:
    await asyncio.Event().wait()
    return None


@asynccontextmanager
async def monitor(settings: EngineSettings, alive: Check, ready: Check) -> AsyncIterator[str]:
    port = free_port()
    service = ServiceSettings(**settings.model_dump(), name="here", monitoring_port=port)
    url = f"http://127.0.0.1:{port}"
    async with running(monitored(service, alive={"progress": alive}, ready={"mongo": ready})):
        await until(lambda: listening(url))
        yield url


async def probed(url: str) -> tuple[int | None, str]:
    port = url.rpartition(":")[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shared.process.healthy"),
        env={**os.environ, "TICKETSTREAM_MONITORING_PORT": port, "http_proxy": "http://127.0.0.1:1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(20):
        said, _ = await process.communicate()
    return process.returncode, said.decode().strip()


async def test_a_containers_health_check_agrees(settings: EngineSettings) -> None:
    async with monitor(settings, saying(None), saying(None)) as url:
        assert await probed(url) == (0, "")
    async with monitor(settings, saying(None), saying("It is away.")) as url:
        assert await probed(url) == (1, "mongo: It is away.")
    status, reason = await probed(url)
    assert status == 1
    assert reason.startswith("No service answers at port ")
    assert await probed("") == (1, "TICKETSTREAM_MONITORING_PORT names no port to ask.")


SILENT, STRANGE = "No service answers at port", "Another program answers at port"


@asynccontextmanager
async def stranger(answer: bytes) -> AsyncIterator[str]:
    """Answer every connection with `answer`."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", SILENT),
        (b"220 mail.example\r\n", SILENT),
        (b"HTTP/1.1 503 Down\r\ncontent-length: 99\r\n\r\n{", STRANGE),
        (b"HTTP/1.1 503 Down\r\n\r\n<p>down</p>", STRANGE),
        (b"HTTP/1.1 503 Down\r\n\r\n\xff", STRANGE),
        (b"HTTP/1.1 503 Down\r\n\r\n[]", STRANGE),
        (b"HTTP/1.1 503 Down\r\n\r\n" + b"[" * 100_000, STRANGE),
        (
            b'HTTP/1.1 503 Down\r\n\r\n{"ok": false, "problems": "many"}',
            STRANGE,
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n<p>welcome</p>", STRANGE),
    ],
)
async def test_a_health_check_names_another_program_or_silence_in_one_sentence(answer: bytes, reason: str) -> None:
    async with stranger(answer) as url:
        status, said = await probed(url)
    assert (status, said.count("\n")) == (1, 0), said
    assert said.startswith(reason)


async def asked(url: str) -> tuple[int, Any]:
    answer = await request("GET", url)
    return answer.status, json.loads(answer.body)


async def test_the_answer_names_the_unhealthy_part_and_the_reason(settings: EngineSettings) -> None:
    async with monitor(settings, saying(None), saying(None)) as url:
        assert await asked(url + "/healthz") == (200, {"ok": True, "problems": {}})
        assert await asked(url + "/readyz") == (200, {"ok": True, "problems": {}})
    async with monitor(settings, saying(None), saying("It is away.")) as url:
        assert await asked(url + "/healthz") == (200, {"ok": True, "problems": {}})
        assert await asked(url + "/readyz") == (503, {"ok": False, "problems": {"mongo": "It is away."}})
    async with monitor(settings, saying("It stands still."), saying(None)) as url:
        for path in ("/healthz", "/readyz"):
            assert await asked(url + path) == (503, {"ok": False, "problems": {"progress": "It stands still."}})


async def test_a_check_without_an_answer_times_out(settings: EngineSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "CHECKED_WITHIN", 0.1)
    async with monitor(settings, saying(None), never) as url:
        problem = {"mongo": "It did not answer within 0.1 seconds."}
        assert await asked(url + "/readyz") == (503, {"ok": False, "problems": problem})


@pytest.mark.parametrize("name", SERVICES)
async def test_every_service_becomes_ready_and_exports_its_metrics(
    settings: EngineSettings, tmp_path: Path, name: str
) -> None:
    await publish_directory(settings)
    await publish_events(settings, life(ticket_uid(1), 3))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    more = SERVICES[name](free_port()) | {"monitoring_port": port}

    async def is_ready() -> bool:
        return await listening(url) and (await request("GET", url + "/readyz")).status == 200

    log = tmp_path / "log"
    async with service(name, settings, log, **more) as process:
        await until(is_ready)
        assert (await request("GET", url + "/healthz")).status == 200
        numbers = await request("GET", url + "/metrics")
        assert numbers.headers["Content-Type"].startswith("text/plain; version=")
        assert b"\nticketstream_" in numbers.body
        if name == "projector":
            await until(lambda: shows(url, "ticketstream_origin_to_visible_seconds_count 3.0"))
            await until(lambda: shows(url, "ticketstream_projection_lag_events 0.0"))
        process.terminate()
        assert await process.wait() == 0, log.read_text()


async def shows(url: str, line: str) -> bool:
    return line.encode() in (await request("GET", url + "/metrics")).body.splitlines()


async def test_a_service_whose_mongodb_is_away_is_alive_and_not_ready_until_it_is_back(
    settings: EngineSettings, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    async def problems() -> set[str]:
        _, answer = await asked(url + "/readyz")
        return set(answer["problems"])

    async with proxy(urlsplit(settings.mongo).port or 0) as between:
        through = settings.model_copy(update={"mongo": f"mongodb://127.0.0.1:{between.port}/?directConnection=true"})
        await publish_directory(settings)
        async with service("command", through, tmp_path / "log", port=free_port(), monitoring_port=port):
            await until(lambda: listening(url))
            await until(lambda: equal(problems, set()))
            between.closed = True
            between.cut()
            await until(lambda: equal(problems, {"mongo"}))
            assert (await request("GET", url + "/healthz")).status == 200
            between.closed = False
            await until(lambda: equal(problems, set()))


async def equal(look: Callable[[], Awaitable[set[str]]], wanted: set[str]) -> bool:
    return await look() == wanted
