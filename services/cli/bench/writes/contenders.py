"""What the command service is held against, each a program of its own: `python -m … NAME`.

Both take the same requests on the same server as the command service does. `bare` reads them and does nothing: no
service in this language and with this server can be faster. `plain` is how one would begin: each request awaits an
insert and a send of its own.
"""

import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.contract import IncrementTicket, OpenTicket, parse_increment, parse_open_ticket
from shared.kafka import producer
from shared.mongo import Binary, connected, database
from shared.process import read_settings, run
from shared.settings import ServiceSettings
from shared.telemetry import configure_logging
from shared.topics import Topics
from shared.web import serve

Take = Callable[[str, OpenTicket | IncrementTicket, bytes], Awaitable[None]]
"""Does something with a command on a ticket, of which the body is given as well."""


def application(take: Take) -> Starlette:
    """Give endpoints that read a command, have it taken, and answer with what came."""

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
