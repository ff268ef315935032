"""The gateway, put together: endpoints, sessions, the directory's replica, the way to the command services."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from services.gateway.access import Access, NotLoggedInError
from services.gateway.api_docs import description_routes
from services.gateway.compressing import Compressing
from services.gateway.export import Export
from services.gateway.feed import Feed
from services.gateway.forward import Forwarder
from services.gateway.login import Login
from services.gateway.query import BadParameterError
from services.gateway.reading import NotSeenYetError
from services.gateway.searching import TooManyFoundError
from services.gateway.stats import Stats
from services.gateway.tickets import Tickets
from shared.heartbeats import Heartbeat, beat
from shared.measuring import Measured
from shared.mongo import PyMongoError, connected, database
from shared.monitoring import engines_ready, monitored
from shared.process import alongside
from shared.replica import DirectoryReplica
from shared.sessions import Sessions
from shared.settings import GatewaySettings
from shared.telemetry import configure_logging, logger
from shared.telemetry.traces import exported
from shared.topics import Topics
from shared.web import ERROR_ANSWERS, error, serve, unavailable

log = logger(__name__)


async def _ask_for_login(_request: Request, _refusal: Exception) -> Response:
    return Response(status_code=401)


async def _refuse_parameter(_request: Request, refusal: Exception) -> Response:
    return error(400, "BadRequest", str(refusal))


async def _ask_to_retry(request: Request, failure: Exception) -> Response:
    log.warning("read_unavailable", method=request.method, kind=type(failure).__name__)
    return unavailable("The data can not be read now, or too much is selected; try again, or select less.")


async def _ask_to_wait(_request: Request, _refusal: Exception) -> Response:
    return unavailable("The views do not hold the version of If-Ticket-Version yet; ask again.")


ANSWERS: Mapping[Any, ExceptionHandler] = {
    **ERROR_ANSWERS,
    NotLoggedInError: _ask_for_login,
    BadParameterError: _refuse_parameter,
    NotSeenYetError: _ask_to_wait,
    PyMongoError: _ask_to_retry,
    TooManyFoundError: _ask_to_retry,
}


def routes(
    *, login: Login, tickets: Tickets, export: Export, stats: Stats, feed: Feed, forwarder: Forwarder
) -> list[Route]:
    """List the contract's endpoints."""

    async def events(request: Request) -> Response:
        return await (forwarder.forward(request) if request.method == "POST" else feed.list(request))

    return [
        Route("/api/v1/login", login.open_session, methods=["POST"]),
        Route("/api/v1/tickets", tickets.list, methods=["GET"]),
        Route("/api/v1/tickets/stats", stats.show, methods=["GET"]),
        Route("/api/v1/tickets/export", export, methods=["GET"], middleware=[Middleware(Compressing)]),
        Route("/api/v1/tickets/{ticket_uid}", tickets.detail, methods=["GET"]),
        Route("/api/vEvent/tickets", events, methods=["GET", "POST"]),
        Route("/api/vEvent/tickets/{ticket_uid}", forwarder.forward, methods=["PATCH"]),
    ]


async def serve_gateway(settings: GatewaySettings) -> None:
    """Run the gateway until cancelled."""
    configure_logging(settings.name)
    tls = (settings.tls_cert, settings.tls_key) if settings.tls_cert and settings.tls_key else None
    url = f"{'https' if tls else 'http'}://{settings.host}:{settings.port}"
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(exported("gateway", settings.name, settings.otlp_endpoint))
        client = await closing.enter_async_context(connected(settings.mongo))
        db = database(client, settings.database)
        topic = Topics(settings.topic_prefix).directory
        replica = await closing.enter_async_context(DirectoryReplica(settings.kafka, topic))
        forwarder = await closing.enter_async_context(Forwarder(settings.command_urls))
        sessions = Sessions(db)
        access = Access(sessions, replica)
        login = Login(sessions, domain=settings.cookie_domain)
        endpoints = description_routes() + routes(
            login=login,
            tickets=Tickets(db, access),
            export=Export(db, access),
            stats=Stats(db, access),
            feed=Feed(db, access),
            forwarder=forwarder,
        )
        app = Starlette(routes=endpoints, exception_handlers=ANSWERS)
        app.router.redirect_slashes = False

        async def report() -> Heartbeat:
            await sessions.refresh()
            return Heartbeat(replica.offset, sessions.users_version, url)

        measured = Measured(app, [route.path for route in endpoints])
        await alongside(
            serve(measured, settings.host, settings.port, tls, settings.trusted_proxies),
            replica.follow(),
            beat(db, "gateway", settings, report),
            monitored(settings, alive={}, ready=engines_ready(client, replica)),
        )
