"""The routes of the console: pages, forms and files."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.access import Access
from services.gateway.answers.compression import Compressing
from services.gateway.answers.static_files import kept_files
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

FILES: Final = ("console.css", "console.js", "icon.svg")
WITHOUT_SESSION: Final = (LOGIN_PAGE, LANGUAGE_PAGE)
"""Forms that change something for a browser that has no session. Pages of other sites may not send them either."""


def console_routes(*, db: Database, access: Access, login: Login, tickets: Tickets) -> Sequence[Route]:
    """Return the routes. Files are read and compressed, and templates compiled, once, here."""
    prepare()
    entrance, choices = Entrance(access, login), Choices()
    lists, overview = TicketPages(db, access, tickets, choices), OverviewPages(db, access, choices)
    assets = files("services.gateway.console") / "assets"

    async def go_home(_request: Request) -> Response:
        return see(HOME)

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
        Route("/console/{name}", kept_files(map(assets.joinpath, FILES), POLICY), methods=["GET"]),
    ]
