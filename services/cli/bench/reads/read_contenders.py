"""The programs that the gateway is compared with: `python -m … page FILE` and `python -m … models`.

`page` answers every request with the bytes of a file in memory: no service with this language and this server can be
faster. `models` is the obvious first design: it validates documents from MongoDB as models, and writes the models.
"""

import sys
from pathlib import Path

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


async def serve_page(settings: ServiceSettings, body: bytes) -> None:
    """Run `page` until cancelled."""

    async def page(_request: Request) -> Response:
        return Response(body, 206, PAGE_HEADERS, media_type="application/json")

    await serve(Starlette(routes=[Route("/{path:path}", page)]), settings.host, settings.port)


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
    name, *arguments = sys.argv[1:]
    run(lambda: serve_page(settings, Path(arguments[0]).read_bytes()) if name == "page" else serve_models(settings))
