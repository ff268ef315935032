"""The command service, put together: endpoints, handler, event store, relay."""

from contextlib import AsyncExitStack

from starlette.applications import Starlette
from starlette.routing import Route

from services.command.endpoints import CommandEndpoints
from services.command.event_store import EventStore
from services.command.handler import CommandHandler
from services.command.relay import Relay
from shared.clock import utc_now
from shared.heartbeats import Heartbeat, beat
from shared.mongo import connect, database
from shared.process import alongside
from shared.replica import DirectoryReplica
from shared.sessions import Sessions
from shared.settings import ServiceSettings
from shared.telemetry import configure_logging
from shared.topics import Topics
from shared.web import ERROR_ANSWERS, serve


def routes(endpoints: CommandEndpoints) -> list[Route]:
    """List the contract's write endpoints."""
    return [
        Route("/api/vEvent/tickets", endpoints.open_ticket, methods=["POST"]),
        Route("/api/vEvent/tickets/{ticket_uid}", endpoints.increment_ticket, methods=["PATCH"]),
    ]


async def serve_commands(settings: ServiceSettings) -> None:
    """Run one command service until cancelled."""
    configure_logging(settings.name)
    topics = Topics(settings.topic_prefix)
    async with AsyncExitStack() as closing:
        client = connect(settings.mongo)
        closing.callback(client.close)
        db = database(client, settings.database)
        replica = await closing.enter_async_context(DirectoryReplica(settings.kafka, topics.directory))
        sessions = Sessions(db)
        store = EventStore(db)
        relay = Relay(db, settings.kafka, topics, holder=settings.name)
        endpoints = CommandEndpoints(CommandHandler(store), sessions, replica, utc_now)
        app = Starlette(routes=routes(endpoints), exception_handlers=ERROR_ANSWERS)
        app.router.redirect_slashes = False

        async def report() -> Heartbeat:
            await sessions.refresh()
            url = f"http://{settings.host}:{settings.port}"
            return Heartbeat(replica.offset, sessions.users_version, url, relayFailure=relay.failure)

        await alongside(
            serve(app, settings),
            store.write(),
            relay.run(),
            replica.follow(),
            beat(db, "command", settings, report),
        )
