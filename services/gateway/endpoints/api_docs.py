"""The API description: an OpenAPI document for programs and a page for people. Neither needs a login.

The page is Swagger UI. Its files come from an installed package; its security policy forbids other sources.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.gateway.answers.static_files import ALWAYS_ASKED, KeptFile, kept_file, kept_files

PAGE: Final = "/api/docs"
FILES: Final = frozenset({"docs.css", "docs.js", "favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui.css"})
"""Files that the page loads. The package has more."""

POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


def description_routes(document: Mapping[str, Any]) -> list[Route]:
    """Return the routes of the OpenAPI `document` and the page. Read and compress document and files once, here."""
    written = json.dumps(document, ensure_ascii=False).encode()
    described = KeptFile(written, "application/json", ALWAYS_ASKED)
    page = kept_file(_found("docs.html"), POLICY)

    async def show_document(request: Request) -> Response:
        return described.answer(request)

    async def show_page(request: Request) -> Response:
        return page.answer(request)

    async def go_to_page(_request: Request) -> Response:
        return RedirectResponse(PAGE, 308)

    return [
        Route("/api/openapi.json", show_document, methods=["GET"]),
        Route(PAGE, show_page, methods=["GET"]),
        Route(f"{PAGE}/", go_to_page, methods=["GET"]),
        Route(f"{PAGE}/assets/{{name}}", kept_files(map(_found, FILES), POLICY), methods=["GET"]),
    ]


def _found(name: str) -> Traversable:
    """Return a file of this service, or else of the Swagger UI package."""
    own = files("services.gateway") / "docs_page" / name
    return own if own.is_file() else files("flask_swagger_ui") / "dist" / name
