"""The command service, put together: endpoints, handler, event store, relay."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route

from services.command.endpoints import CommandEndpoint, read_increment, read_opening
from services.command.event_store import EventStore
from services.command.handler import CommandHandler
from services.command.relay import Relay
from shared.asgi import App, Shortcuts
from shared.clock import utc_now
from shared.heartbeats import Heartbeat, beat
from shared.measuring import Measured
from shared.mongo import connected, database
from shared.monitoring import engines_ready, monitored
from shared.process import alongside
from shared.replica import DirectoryReplica
from shared.sessions import Sessions
from shared.settings import ServiceSettings
from shared.telemetry import RELAY_LAG_SECONDS, configure_logging
from shared.telemetry.traces import exported
from shared.topics import Topics
from shared.web import ERROR_ANSWERS, serve

TICKETS = "/api/vEvent/tickets"


def application(
    handler: CommandHandler, sessions: Sessions, replica: DirectoryReplica, clock: Callable[[], datetime]
) -> App:
    """Give the contract's write endpoints and nothing else."""
    endpoint = partial(CommandEndpoint, handler=handler, sessions=sessions, replica=replica, clock=clock)
    opening, increment = endpoint(read_opening, 201), endpoint(read_increment, 200)
    routes = [
        Route(TICKETS, opening, methods=["POST"]),
        Route(TICKETS + "/{ticket_uid}", increment, methods=["PATCH"]),
    ]
    app = Starlette(routes=routes, exception_handlers=ERROR_ANSWERS)
    app.router.redirect_slashes = False
    shortcuts = Shortcuts(app, whole={("POST", TICKETS): opening}, below={("PATCH", TICKETS): increment})
    return Measured(shortcuts, [route.path for route in routes])


async def serve_commands(settings: ServiceSettings) -> None:
    """Run one command service until cancelled."""
    configure_logging(settings.name)
    topics = Topics(settings.topic_prefix)
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(exported("command", settings.name, settings.otlp_endpoint))
        client = await closing.enter_async_context(connected(settings.mongo))
        db = database(client, settings.database)
        replica = await closing.enter_async_context(DirectoryReplica(settings.kafka, topics.directory))
        sessions = Sessions(db)
        store = EventStore(db)
        relay = Relay(db, settings.kafka, topics, holder=settings.name)
        RELAY_LAG_SECONDS.set_function(lambda: relay.lag_seconds)
        app = application(CommandHandler(store), sessions, replica, utc_now)

        async def report() -> Heartbeat:
            await sessions.refresh()
            url = f"http://{settings.host}:{settings.port}"
            return Heartbeat(replica.offset, sessions.users_version, url, relayFailure=relay.failure)

        await alongside(
            serve(app, settings.host, settings.port),
            store.write(),
            relay.run(),
            replica.follow(),
            beat(db, "command", settings, report),
            monitored(settings, alive={}, ready=engines_ready(client, replica)),
        )
