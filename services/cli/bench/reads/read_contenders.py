"""The programs that the gateway is compared with: `python -m … bytes` and `python -m … models`.

`bytes` answers `GET /N` with N bytes from memory: no service with this language and this server can be faster. `models`
is the obvious first design: it validates documents from MongoDB as models, and writes the models.
"""

import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.contract import ExportedTicket, TicketExportView, dump
from shared.http.server import serve
from shared.mongo import connected, database
from shared.process.lifecycle import read_settings, run
from shared.process.settings import ServiceSettings
from shared.telemetry import configure_logging

PAGE_HEADERS = {"Content-Range": "0-99/1000000", "Accept-Range": "100"}


async def serve_bytes(settings: ServiceSettings) -> None:
    """Run `bytes` until cancelled."""
    bodies: dict[int, bytes] = {}

    async def answer(request: Request) -> Response:
        size = request.path_params["size"]
        body = bodies.get(size) or bodies.setdefault(size, b"x" * size)
        return Response(body, 206, PAGE_HEADERS, media_type="application/json")

    await serve(Starlette(routes=[Route("/{size:int}", answer)]), settings.host, settings.port)


async def serve_models(settings: ServiceSettings) -> None:
    """Run `models` until cancelled; it reads the tickets from the collection `exported`."""
    async with connected(settings.mongo, timeout_ms=60_000) as client:
        exported = database(client, settings.database).exported

        async def export(_request: Request) -> Response:
            documents = await exported.find({}, {"_id": 0}).to_list(None)
            view = TicketExportView(result=[ExportedTicket.model_validate(document) for document in documents])
            return Response(dump(view), media_type="application/json")

        await serve(Starlette(routes=[Route("/{path:path}", export)]), settings.host, settings.port)


if __name__ == "__main__":
    settings = read_settings(ServiceSettings)
    configure_logging(settings.name)
    program = {"bytes": serve_bytes, "models": serve_models}[sys.argv[1]]
    run(lambda: program(settings))
