"""What a platform asks of a process: is it alive, is it ready, and its numbers in Prometheus' text format."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.failures import told
from shared.mongo import Client, PyMongoError, ping
from shared.replica import DirectoryReplica
from shared.settings import ServiceSettings
from shared.web import ERROR_ANSWERS, serve

Check = Callable[[], Awaitable[str | None]]
"""Tells what is wrong with a part and what to do, in one sentence; None when it is well."""
CHECKED_WITHIN = 3.0
"""Seconds that a check may take; Docker and Kubernetes ask again after a few more."""


async def monitored(settings: ServiceSettings, *, alive: Mapping[str, Check], ready: Mapping[str, Check]) -> None:
    """Answer `/healthz`, `/readyz` and `/metrics` until cancelled, if the settings name a port for it.

    `alive`: parts that only a new start mends. `ready`: what the process needs besides for its work.
    """
    if settings.monitoring_port is None:
        await asyncio.Event().wait()
        return

    async def healthz(_request: Request) -> Response:
        return await _asked(alive)

    async def readyz(_request: Request) -> Response:
        return await _asked({**alive, **ready})

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

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
        return f"It could not be asked within {CHECKED_WITHIN:g} seconds."


def engines_ready(client: Client, replica: DirectoryReplica) -> Mapping[str, Check]:
    """Check what every service needs: a MongoDB that answers, and the directory."""
    return {"mongo": _mongo_answers(client), "directory": _directory_known(replica)}


def _mongo_answers(client: Client) -> Check:

    async def check() -> str | None:
        try:
            await ping(client)
        except PyMongoError as away:
            return f"MongoDB has no primary that answers; check that it runs ({told(away)[:200]})."
        return None

    return check


def _directory_known(replica: DirectoryReplica) -> Check:

    async def check() -> str | None:
        if replica.is_complete:
            return None
        return "The directory's topic is not read to its end; check that Kafka runs and that `ticketstream init` did."

    return check
