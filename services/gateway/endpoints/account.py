"""Who asks, and the end of their session (contract 88 and 89)."""

from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.endpoints.login import Login
from services.gateway.parameters.query import Query
from shared.accounts.credentials import read_credentials
from shared.accounts.scopes import Scope
from shared.http.answers import error, json_response
from shared.process.offloading import offloaded

NO_SESSION = "A token has no session that could end; `ticketstream users revoke` revokes a token."


class Account:
    """Answers `me` and `logout` of the contract."""

    def __init__(self, access: Access, login: Login) -> None:
        self._access = access
        self._login = login

    async def show(self, request: Request) -> Response:
        """Return login, role and scope of the user who asks."""
        user = await self._access.user(request)
        query: bytes = request.scope["query_string"]
        await offloaded(len(query), partial(Query, query))  # a broken query is refused (contract 84)
        return json_response(
            orjson.dumps({"login": user.login, "role": user.role, "scope": _shown(user.scope)}),
        )

    async def close_session(self, request: Request) -> Response:
        """End all sessions that the request has cookies of. A page would go on with the next one otherwise."""
        await self._access.user(request)
        query: bytes = request.scope["query_string"]
        await offloaded(len(query), partial(Query, query))  # a broken query is refused (contract 84)
        if read_credentials(request.scope["headers"]).token is not None:
            return error(400, "BadRequest", NO_SESSION)
        return Response(status_code=204, headers={"Set-Cookie": await self._login.end_session(request)})


def _shown(scope: Scope) -> dict[str, Any]:
    return {"kind": scope.kind} | ({} if scope.kind == "everything" else {"uids": sorted(scope.uids)})
