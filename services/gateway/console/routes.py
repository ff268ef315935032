"""The routes of the console: pages, forms and files."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.access import Access
from services.gateway.answers.compression import Compressing
from services.gateway.answers.static_files import KeptFile
from services.gateway.console.answering import POLICY, Handler, page, see
from services.gateway.console.choices import Choices
from services.gateway.console.entrance import LANGUAGE_PAGE, LOGIN_PAGE, Entrance
from services.gateway.console.local_paths import HOME
from services.gateway.console.overview_pages import OverviewPages
from services.gateway.console.rendering import prepare
from services.gateway.console.ticket_pages import TicketPages
from services.gateway.endpoints.login import Login
from services.gateway.endpoints.tickets import Tickets
from shared.mongo import Database

FILES: Final = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
ALWAYS_ASKED: Final = {"Cache-Control": "no-cache"}
WITHOUT_SESSION: Final = (LOGIN_PAGE, LANGUAGE_PAGE)
"""Forms that change something for a browser that has no session. Pages of other sites may not send them either."""


def console_routes(*, db: Database, access: Access, login: Login, tickets: Tickets) -> Sequence[Route]:
    """Return the routes. Files are read and compressed, and templates compiled, once, here."""
    prepare()
    entrance, choices = Entrance(access, login), Choices()
    lists, overview = TicketPages(db, access, tickets, choices), OverviewPages(db, access, choices)
    assets = {name: _kept(name, media_type) for name, media_type in FILES.items()}

    async def go_home(_request: Request) -> Response:
        return see(HOME)

    async def send_file(request: Request) -> Response:
        file = assets.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        return file.answer(request)

    async def login_form(request: Request) -> Response:
        return await (entrance.log_in if request.method == "POST" else entrance.show)(request)

    def shown(path: str, handler: Handler) -> Route:
        return Route(path, page(handler), methods=["GET"], middleware=[Middleware(Compressing)])

    return [
        shown("/", go_home),
        shown("/tickets", lists.list),
        shown("/tickets/rows", lists.rows),
        shown("/tickets/events/{ticket_uid}", lists.events),
        shown("/tickets/{ticket_uid}", lists.show),
        shown("/statistics", overview.statistics),
        shown("/platform", overview.platform),
        shown("/platform/now", overview.platform_now),
        Route(LOGIN_PAGE, page(login_form), methods=["GET", "POST"]),
        Route("/logout", page(entrance.log_out), methods=["POST"]),
        Route(LANGUAGE_PAGE, page(entrance.choose_language), methods=["POST"]),
        Route("/console/{name}", send_file, methods=["GET"]),
    ]


def _kept(name: str, media_type: str) -> KeptFile:
    content = (files("services.gateway.console") / "assets" / name).read_bytes()
    return KeptFile(content, media_type, ALWAYS_ASKED | POLICY)
