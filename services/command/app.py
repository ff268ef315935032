"""The command service: starts its endpoints, handler, event store and relay together."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route

from services.command.endpoints import CommandEndpoint, read_increment, read_opening
from services.command.event_store import EventStore
from services.command.handler import CommandHandler
from services.command.relay.relay import Relay
from shared.accounts.callers import Callers
from shared.clock import utc_now
from shared.directory.replica import DirectoryReplica
from shared.http.answers import ERROR_ANSWERS
from shared.http.asgi import App, Shortcuts
from shared.http.measuring import Measured
from shared.http.other_sites import OtherSites
from shared.http.server import serve
from shared.mongo import connected, database
from shared.process.heartbeats import Heartbeat, beat
from shared.process.lifecycle import alongside
from shared.process.monitoring import engines_ready, monitored
from shared.process.settings import ServiceSettings
from shared.storage.topics import Topics
from shared.telemetry import RELAY_LAG_SECONDS, AccessLog, log_in_groups
from shared.telemetry.traces import exported

TICKETS = "/api/vEvent/tickets"


def application(
    handler: CommandHandler,
    callers: Callers,
    replica: DirectoryReplica,
    clock: Callable[[], datetime],
    access: AccessLog | None = None,
) -> App:
    """Return the ASGI application with the two write endpoints of the contract; `access` logs each request."""
    endpoint = partial(CommandEndpoint, handler=handler, callers=callers, replica=replica, clock=clock)
    opening, increment = endpoint(read_opening, 201), endpoint(read_increment, 200)
    routes = [
        Route(TICKETS, opening, methods=["POST"]),
        Route(TICKETS + "/{ticket_uid}", increment, methods=["PATCH"]),
    ]
    app = Starlette(routes=routes, exception_handlers=ERROR_ANSWERS)
    app.router.redirect_slashes = False
    shortcuts = Shortcuts(app, whole={("POST", TICKETS): opening}, below={("PATCH", TICKETS): increment})
    return Measured(OtherSites(shortcuts), [route.path for route in routes], access=access)


async def serve_commands(settings: ServiceSettings) -> None:
    """Run one command service until cancelled."""
    lines = log_in_groups(settings.name)
    topics = Topics(settings.topic_prefix)
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(exported("command", settings.name, settings.otlp_endpoint))
        client = await closing.enter_async_context(connected(settings.mongo))
        db = database(client, settings.database)
        replica = await closing.enter_async_context(DirectoryReplica(settings.kafka, topics.directory))
        callers = Callers(db)
        store = EventStore(db)
        relay = Relay(db, settings.kafka, topics, holder=settings.name)
        RELAY_LAG_SECONDS.set_function(lambda: relay.lag_seconds)
        access = AccessLog(settings.name, lines.add) if settings.access_log else None
        app = application(CommandHandler(store), callers, replica, utc_now, access)

        async def report() -> Heartbeat:
            await callers.sessions.refresh()
            url = f"http://{settings.host}:{settings.port}"
            return Heartbeat(replica.offset, callers.sessions.users_version, url, relayFailure=relay.failure)

        await alongside(
            serve(app, settings.host, settings.port),
            store.write(),
            relay.run(),
            replica.follow(),
            beat(db, "command", settings, report),
            monitored(settings, alive={}, ready=engines_ready(client, replica)),
        )
