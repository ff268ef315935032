"""Monitoring endpoints of a process: `/healthz`, `/readyz`, and `/metrics` in Prometheus' text format."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.directory.replica import DirectoryReplica
from shared.http.answers import ERROR_ANSWERS
from shared.http.server import serve
from shared.mongo import Client, PyMongoError, ping
from shared.process.settings import ServiceSettings
from shared.telemetry.failures import describe

Check = Callable[[], Awaitable[str | None]]
"""Returns one sentence about what is wrong with a part and what to do, or None when it is healthy."""
CHECKED_WITHIN = 3.0
"""Seconds that a check may take. Docker and Kubernetes ask again a few seconds later."""


async def monitored(settings: ServiceSettings, *, alive: Mapping[str, Check], ready: Mapping[str, Check]) -> None:
    """Answer `/healthz`, `/readyz` and `/metrics` until cancelled, if the settings name a monitoring port.

    `alive`: checks of parts that only a restart repairs. `ready`: checks of what else the process needs for its work.
    """
    if settings.monitoring_port is None:
        await asyncio.Event().wait()
        return

    async def healthz(_request: Request) -> Response:
        return await _asked(alive)

    async def readyz(_request: Request) -> Response:
        return await _asked({**alive, **ready})

    rendering: asyncio.Future[bytes] | None = None

    async def metrics(_request: Request) -> Response:
        nonlocal rendering
        if rendering is None or rendering.done():  # one at a time; requests that arrive meanwhile share it
            rendering = asyncio.ensure_future(asyncio.to_thread(generate_latest))
        return Response(await asyncio.shield(rendering), media_type=CONTENT_TYPE_LATEST)

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    app = Starlette(routes=routes, exception_handlers=ERROR_ANSWERS)
    await serve(app, settings.host, settings.monitoring_port)


async def _asked(checks: Mapping[str, Check]) -> Response:
    found = await asyncio.gather(*(_within(check) for check in checks.values()))
    problems = {part: problem for part, problem in zip(checks, found, strict=True) if problem}
    return JSONResponse({"ok": not problems, "problems": problems}, 503 if problems else 200)


async def _within(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECKED_WITHIN):
            return await check()
    except TimeoutError:
        return f"It did not answer within {CHECKED_WITHIN:g} seconds."


def engines_ready(client: Client, replica: DirectoryReplica) -> Mapping[str, Check]:
    """Return the checks that every service needs: MongoDB answers, and the directory is complete."""
    return {"mongo": _mongo_answers(client), "directory": _directory_known(replica)}


def _mongo_answers(client: Client) -> Check:

    async def check() -> str | None:
        try:
            await ping(client)
        except PyMongoError as away:
            return f"MongoDB has no primary that answers; check that it runs ({describe(away)[:200]})."
        return None

    return check


def _directory_known(replica: DirectoryReplica) -> Check:

    async def check() -> str | None:
        if replica.is_complete:
            return None
        return "The directory's topic is not read to its end; check that Kafka runs and `ticketstream init` has run."

    return check
