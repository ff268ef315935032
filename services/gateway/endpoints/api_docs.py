"""The API description: an OpenAPI document for programs and a page for people. Neither needs a login.

The page is Swagger UI. Its files come from an installed package; its security policy forbids other sources.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from mimetypes import guess_type
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.gateway.answers.static_files import KeptFile

PAGE: Final = "/api/docs"
FILES: Final = frozenset({"docs.css", "docs.js", "favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui.css"})
"""Files that the page loads. The package has more."""

ALWAYS_ASKED: Final = {"Cache-Control": "no-cache"}
"""A browser keeps a file, but asks each time whether it has changed. So it never mixes files of two versions."""
POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


def description_routes(document: Mapping[str, Any]) -> list[Route]:
    """Return the routes of the OpenAPI `document` and the page. Read and compress document and files once, here."""
    written = json.dumps(document, ensure_ascii=False).encode()
    described = KeptFile(written, "application/json", ALWAYS_ASKED)
    page = _kept("docs.html")
    assets = {name: _kept(name) for name in FILES}

    async def show_document(request: Request) -> Response:
        return described.answer(request)

    async def show_page(request: Request) -> Response:
        return page.answer(request)

    async def go_to_page(_request: Request) -> Response:
        return RedirectResponse(PAGE, 308)

    async def send_file(request: Request) -> Response:
        file = assets.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        return file.answer(request)

    return [
        Route("/api/openapi.json", show_document, methods=["GET"]),
        Route(PAGE, show_page, methods=["GET"]),
        Route(f"{PAGE}/", go_to_page, methods=["GET"]),
        Route(f"{PAGE}/assets/{{name}}", send_file, methods=["GET"]),
    ]


def _kept(name: str) -> KeptFile:
    """Return a file of this service, or else of the Swagger UI package."""
    own = files("services.gateway") / "docs_page" / name
    file = own if own.is_file() else files("flask_swagger_ui") / "dist" / name
    media_type = guess_type(name)[0] or "application/octet-stream"
    return KeptFile(file.read_bytes(), media_type, ALWAYS_ASKED | POLICY)
