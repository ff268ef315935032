"""The gateway's application: it connects endpoints, sessions, the directory replica and the command services."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from services.gateway.access import Access, NotLoggedInError
from services.gateway.answers.compression import Compressing
from services.gateway.answers.security_headers import WithHeaders
from services.gateway.answers.waiting import CannotWaitError, Waiting
from services.gateway.console.routes import WITHOUT_SESSION, console_routes
from services.gateway.endpoints.api_docs import description_routes
from services.gateway.endpoints.commands import CommandEndpoint, Forwarder
from services.gateway.endpoints.export import Export
from services.gateway.endpoints.feed import Feed, WindowOpenError
from services.gateway.endpoints.login import Login
from services.gateway.endpoints.stats import Stats
from services.gateway.endpoints.tickets import Tickets
from services.gateway.openapi.openapi_document import document
from services.gateway.parameters.query import BadParameterError
from services.gateway.views.snapshot import NotSeenYetError
from services.gateway.views.terms import TooManyFoundError
from shared.accounts.sessions import Sessions
from shared.clock import utc_now
from shared.directory.replica import DirectoryReplica
from shared.http.answers import ERROR_ANSWERS, Answering, error, unavailable
from shared.http.asgi import App, Shortcuts
from shared.http.concurrency_limit import FullError
from shared.http.measuring import Measured
from shared.http.other_sites import OtherSites
from shared.http.server import serve
from shared.mongo import PyMongoError, connected, database
from shared.process.heartbeats import Heartbeat, beat
from shared.process.lifecycle import alongside
from shared.process.monitoring import engines_ready, monitored
from shared.process.settings import GatewaySettings
from shared.storage.topics import Topics
from shared.telemetry import configure_logging, logger
from shared.telemetry.failures import describe
from shared.telemetry.traces import exported

LOGIN = "/api/v1/login"
TICKETS, STATS, EXPORT = "/api/v1/tickets", "/api/v1/tickets/stats", "/api/v1/tickets/export"
EVENTS = "/api/vEvent/tickets"

log = logger(__name__)


async def _answer_not_logged_in(_request: Request, _refusal: Exception) -> Response:
    return Response(status_code=401)


async def _answer_bad_parameter(_request: Request, refusal: Exception) -> Response:
    return error(400, "BadRequest", str(refusal))


async def _answer_unreadable(request: Request, failure: Exception) -> Response:
    log.warning("read_unavailable", method=request.method, kind=type(failure).__name__)
    return unavailable("The data cannot be read now, or too much is selected; try again, or select less.")


async def _answer_not_seen_yet(_request: Request, _refusal: Exception) -> Response:
    return unavailable("The views do not have the version of If-Ticket-Version yet; ask again.")


async def _answer_window_open(_request: Request, refusal: Exception) -> Response:
    return unavailable(str(refusal))


async def _answer_full(request: Request, refusal: Exception) -> Response:
    log.warning("no_place", method=request.method, kind=type(refusal).__name__)
    return unavailable(str(refusal))


ANSWERS: Mapping[Any, ExceptionHandler] = {
    **ERROR_ANSWERS,
    NotLoggedInError: _answer_not_logged_in,
    BadParameterError: _answer_bad_parameter,
    NotSeenYetError: _answer_not_seen_yet,
    WindowOpenError: _answer_window_open,
    CannotWaitError: _answer_full,
    FullError: _answer_full,
    PyMongoError: _answer_unreadable,
    TooManyFoundError: _answer_unreadable,
}


def routes(
    *,
    login: Login,
    tickets: Tickets,
    export: Export,
    stats: Stats,
    feed: Feed,
    command: CommandEndpoint,
) -> list[Route]:
    """Return the routes of the contract's endpoints."""

    async def events(request: Request) -> Response | CommandEndpoint:
        return command if request.method == "POST" else await feed.list(request)

    return [
        Route(LOGIN, login.open_session, methods=["POST"]),
        Route(TICKETS, tickets.list, methods=["GET"]),
        Route(STATS, stats.show, methods=["GET"]),
        Route(EXPORT, export, methods=["GET"], middleware=[Middleware(Compressing)]),
        Route(f"{TICKETS}/{{ticket_uid}}", tickets.detail, methods=["GET"]),
        Route(EVENTS, events, methods=["GET", "POST"]),
        Route(f"{EVENTS}/{{ticket_uid}}", command, methods=["PATCH"]),
    ]


def application(
    *,
    login: Login,
    tickets: Tickets,
    export: Export,
    stats: Stats,
    feed: Feed,
    command: CommandEndpoint,
    console: Sequence[Route] = (),
) -> App:
    """Return the ASGI application with the contract's endpoints, their description, and the routes of the console.

    Reads and commands skip the router.
    """
    endpoints = description_routes(document()) + routes(
        login=login, tickets=tickets, export=export, stats=stats, feed=feed, command=command
    )
    endpoints += console
    app = Starlette(routes=endpoints, exception_handlers=ANSWERS)
    app.router.redirect_slashes = False

    async def exported_tickets(_request: Request) -> App:
        return Compressing(export)

    reads: dict[str, Callable[[Request], Awaitable[App]]] = {
        TICKETS: tickets.list,
        STATS: stats.show,
        EXPORT: exported_tickets,
        EVENTS: feed.list,
    }
    shortcuts = Shortcuts(
        app,
        whole={("POST", EVENTS): command} | {("GET", path): Answering(read, ANSWERS) for path, read in reads.items()},
        below={("PATCH", EVENTS): command, ("GET", TICKETS): Answering(tickets.detail, ANSWERS)},
    )
    return Measured(
        WithHeaders(OtherSites(shortcuts, always=[LOGIN, *WITHOUT_SESSION])), [route.path for route in endpoints]
    )


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
        waiting = Waiting()
        login = Login(sessions, domain=settings.cookie_domain)
        tickets = Tickets(db, access)
        app = application(
            login=login,
            tickets=tickets,
            export=Export(db, access),
            stats=Stats(db, access),
            feed=Feed(db, access, waiting),
            command=CommandEndpoint(access, forwarder),
            console=console_routes(db=db, access=access, login=login, tickets=tickets),
        )

        async def report() -> Heartbeat:
            await sessions.refresh()
            await login.learn(utc_now())
            return Heartbeat(replica.offset, sessions.users_version, url)

        try:
            await login.learn(utc_now())  # before the first login arrives
        except PyMongoError as away:
            log.warning("origins_unread", reason=describe(away))  # the heartbeat reads them when it can
        await alongside(
            serve(app, settings.host, settings.port, tls, settings.trusted_proxies, stopping=waiting.stop),
            replica.follow(),
            beat(db, "gateway", settings, report),
            monitored(settings, alive={}, ready=engines_ready(client, replica)),
        )
