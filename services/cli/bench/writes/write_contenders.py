"""The programs that the command service is compared with: `python -m … bare` and `python -m … plain`.

Both accept the same requests on the same HTTP server as the command service. `bare` reads them and does nothing else:
no service with this language and this server can be faster. `plain` is the obvious first design: each request waits
for its own insert and its own send.
"""

import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.contract import IncrementTicket, OpenTicket, parse_increment, parse_open_ticket
from shared.http.server import serve
from shared.kafka.publishing import producer
from shared.mongo import Binary, connected, database
from shared.process.lifecycle import read_settings, run
from shared.process.settings import ServiceSettings
from shared.storage.topics import Topics
from shared.telemetry import configure_logging

Take = Callable[[str, OpenTicket | IncrementTicket, bytes], Awaitable[None]]
"""Processes a command: called with the ticket's uid, the command and the request's body."""


def application(take: Take) -> Starlette:
    """Return an application whose endpoints read a command, process it with `take`, and answer with its body."""

    async def open_ticket(request: Request) -> Response:
        body = await request.body()
        command = parse_open_ticket(body)
        await take(command.aggregateUid or command.processUid, command, body)
        return Response(body, 201, media_type="application/json")

    async def increment_ticket(request: Request) -> Response:
        body = await request.body()
        await take(request.path_params["ticket_uid"], parse_increment(body), body)
        return Response(body, 200, media_type="application/json")

    return Starlette(
        routes=[
            Route("/api/vEvent/tickets", open_ticket, methods=["POST"]),
            Route("/api/vEvent/tickets/{ticket_uid}", increment_ticket, methods=["PATCH"]),
        ]
    )


async def serve_bare(settings: ServiceSettings) -> None:
    """Run `bare` until cancelled."""

    async def take(_ticket: str, _command: OpenTicket | IncrementTicket, _body: bytes) -> None:
        pass

    await serve(application(take), settings.host, settings.port)


async def serve_plain(settings: ServiceSettings) -> None:
    """Run `plain` until cancelled."""
    async with AsyncExitStack() as closing:
        client = await closing.enter_async_context(connected(settings.mongo))
        sender = await closing.enter_async_context(producer(settings.kafka))
        commands = database(client, settings.database).commands
        topic = Topics(settings.topic_prefix).ticket_events

        async def take(ticket: str, command: OpenTicket | IncrementTicket, body: bytes) -> None:
            await commands.insert_one({"_id": command.processUid, "ticket": ticket, "body": Binary(body)})
            await sender.send_and_wait(topic, body, ticket.encode())

        await serve(application(take), settings.host, settings.port)


if __name__ == "__main__":
    settings = read_settings(ServiceSettings)
    configure_logging(settings.name)
    program = {"bare": serve_bare, "plain": serve_plain}[sys.argv[1]]
    run(lambda: program(settings))
