"""The description of the interface, a document for programs and a page for people; neither needs a login.

The page is Swagger UI from the files of a package: nothing comes from elsewhere, and its policy lets nothing.
"""

import json
from typing import Final

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from services.gateway.compressing import Compressing
from services.gateway.openapi.document import document
from shared.web import json_response

PAGE: Final = "/api/docs"
FILES: Final = frozenset({"docs.css", "docs.js", "favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui.css"})
"""What the page loads; there is more in the package."""

ALWAYS_ASKED: Final = {"Cache-Control": "no-cache"}
"""A browser keeps a file and asks whether it has changed: pages and files of two versions never meet."""
POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def description_routes() -> list[Route]:
    """List the routes of document and page; the document is written once, here."""
    files = StaticFiles(packages=[("services.gateway", "page"), ("flask_swagger_ui", "dist")])
    written = json.dumps(document(), ensure_ascii=False).encode()

    async def show_document(_request: Request) -> Response:
        return json_response(written, headers=ALWAYS_ASKED)

    async def show_page(request: Request) -> Response:
        return await _file("docs.html", request)

    async def go_to_page(_request: Request) -> Response:
        return RedirectResponse(PAGE, 308)

    async def send_file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            raise HTTPException(404)
        return await _file(name, request)

    async def _file(name: str, request: Request) -> Response:
        response = await files.get_response(name, request.scope)
        response.headers.update(ALWAYS_ASKED | POLICY)
        return response

    compressed = [Middleware(Compressing)]
    return [
        Route("/api/openapi.json", show_document, methods=["GET"], middleware=compressed),
        Route(PAGE, show_page, methods=["GET"]),
        Route(f"{PAGE}/", go_to_page, methods=["GET"]),
        Route(f"{PAGE}/assets/{{name}}", send_file, methods=["GET"], middleware=compressed),
    ]
