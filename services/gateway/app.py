"""The gateway's application: it connects endpoints, sessions, the directory replica and the command services."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
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
from services.gateway.endpoints.account import Account
from services.gateway.endpoints.api_docs import description_routes
from services.gateway.endpoints.commands import CommandEndpoint, Forwarder
from services.gateway.endpoints.directory import KINDS, DirectoryLists
from services.gateway.endpoints.export import Export
from services.gateway.endpoints.feed import Feed, WindowOpenError
from services.gateway.endpoints.feed_stream import FeedStream, places
from services.gateway.endpoints.login import Login
from services.gateway.endpoints.stats import Stats
from services.gateway.endpoints.tickets import Tickets
from services.gateway.openapi.openapi_document import document
from services.gateway.parameters.query import BadParameterError
from services.gateway.views.snapshot import NotSeenYetError
from services.gateway.views.terms import TooManyFoundError
from shared.accounts.callers import Callers
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
from shared.telemetry import AccessLog, log_in_groups, logger
from shared.telemetry.failures import describe
from shared.telemetry.traces import exported

LOGIN, LOGOUT, ME = "/api/v1/login", "/api/v1/logout", "/api/v1/me"
TICKETS, STATS, EXPORT = "/api/v1/tickets", "/api/v1/tickets/stats", "/api/v1/tickets/export"
EVENTS, STREAM = "/api/vEvent/tickets", "/api/vEvent/tickets/stream"

log = logger(__name__)


async def _answer_not_logged_in(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, NotLoggedInError)  # noqa: S101 - registered for this type alone
    answer = Response(status_code=401)
    answer.raw_headers.append(refusal.given.challenge())
    return answer


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


async def _refuse_method(_request: Request) -> Response:
    raise HTTPException(405, headers={"Allow": "GET, HEAD"})  # the router takes the last segment for a ticket's uid


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
    account: Account,
    directory: DirectoryLists,
    tickets: Tickets,
    export: Export,
    stats: Stats,
    feed: Feed,
    feed_stream: FeedStream,
    command: CommandEndpoint,
) -> list[Route]:
    """Return the routes of the contract's endpoints."""

    async def events(request: Request) -> Response | CommandEndpoint:
        return command if request.method == "POST" else await feed.list(request)

    return [
        Route(LOGIN, login.open_session, methods=["POST"]),
        Route(LOGOUT, account.close_session, methods=["POST"]),
        Route(ME, account.show, methods=["GET"]),
        *(Route(f"/api/v1/{kind}", partial(directory.list, kind), methods=["GET"]) for kind in KINDS),
        Route(TICKETS, tickets.list, methods=["GET"]),
        Route(STATS, stats.show, methods=["GET"]),
        Route(EXPORT, export, methods=["GET"], middleware=[Middleware(Compressing)]),
        Route(f"{TICKETS}/{{ticket_uid}}", tickets.detail, methods=["GET"]),
        Route(EVENTS, events, methods=["GET", "POST"]),
        Route(STREAM, feed_stream, methods=["GET"]),
        Route(f"{EVENTS}/{{ticket_uid}}", command, methods=["PATCH"]),
    ]


def application(
    *,
    login: Login,
    account: Account,
    directory: DirectoryLists,
    tickets: Tickets,
    export: Export,
    stats: Stats,
    feed: Feed,
    feed_stream: FeedStream,
    command: CommandEndpoint,
    console: Sequence[Route] = (),
    access: AccessLog | None = None,
) -> App:
    """Return the ASGI application with the contract's endpoints, their description, and the routes of the console.

    Reads and commands skip the router. `access` logs each request.
    """
    endpoints = description_routes(document()) + routes(
        login=login,
        account=account,
        directory=directory,
        tickets=tickets,
        export=export,
        stats=stats,
        feed=feed,
        feed_stream=feed_stream,
        command=command,
    )
    endpoints += console
    app = Starlette(routes=endpoints, exception_handlers=ANSWERS)
    app.router.redirect_slashes = False

    async def exported_tickets(_request: Request) -> App:
        return Compressing(export)

    async def streamed_events(_request: Request) -> App:
        return feed_stream

    reads: dict[str, Callable[[Request], Awaitable[App]]] = {
        TICKETS: tickets.list,
        STATS: stats.show,
        EXPORT: exported_tickets,
        EVENTS: feed.list,
        STREAM: streamed_events,
    }
    whole: dict[tuple[str, str], App] = {("GET", path): Answering(read, ANSWERS) for path, read in reads.items()}
    shortcuts = Shortcuts(
        app,
        whole=whole | {("POST", EVENTS): command, ("PATCH", STREAM): Answering(_refuse_method, ANSWERS)},
        below={("PATCH", EVENTS): command, ("GET", TICKETS): Answering(tickets.detail, ANSWERS)},
    )
    paths = [route.path for route in endpoints]
    guarded = OtherSites(shortcuts, always=[LOGIN, *WITHOUT_SESSION])
    return Measured(WithHeaders(guarded), paths, endless=[STREAM], access=access)


async def serve_gateway(settings: GatewaySettings) -> None:
    """Run the gateway until cancelled."""
    lines = log_in_groups(settings.name)
    tls = (settings.tls_cert, settings.tls_key) if settings.tls_cert and settings.tls_key else None
    url = f"{'https' if tls else 'http'}://{settings.host}:{settings.port}"
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(exported("gateway", settings.name, settings.otlp_endpoint))
        client = await closing.enter_async_context(connected(settings.mongo))
        db = database(client, settings.database)
        topic = Topics(settings.topic_prefix).directory
        replica = await closing.enter_async_context(DirectoryReplica(settings.kafka, topic))
        forwarder = await closing.enter_async_context(Forwarder(settings.command_urls))
        callers = Callers(db)
        sessions = callers.sessions
        access = Access(callers, replica)
        waiting, streams = Waiting(), places()
        login = Login(sessions, domain=settings.cookie_domain)
        tickets = Tickets(db, access)
        app = application(
            login=login,
            account=Account(access, login),
            directory=DirectoryLists(access, replica),
            tickets=tickets,
            export=Export(db, access),
            stats=Stats(db, access),
            feed=Feed(db, access, waiting),
            feed_stream=FeedStream(db, access, streams),
            command=CommandEndpoint(access, forwarder),
            console=console_routes(db=db, access=access, login=login, tickets=tickets),
            access=AccessLog(settings.name, lines.add) if settings.access_log else None,
        )

        def stop() -> None:
            waiting.stop()
            streams.stop()

        async def report() -> Heartbeat:
            await sessions.refresh()
            await login.learn(utc_now())
            return Heartbeat(replica.offset, sessions.users_version, url)

        try:
            await login.learn(utc_now())  # before the first login arrives
        except PyMongoError as away:
            log.warning("origins_unread", reason=describe(away))  # the heartbeat reads them when it can
        await alongside(
            serve(app, settings.host, settings.port, tls, settings.trusted_proxies, stopping=stop),
            replica.follow(),
            beat(db, "gateway", settings, report),
            monitored(settings, alive={}, ready=engines_ready(client, replica)),
        )
