"""Who asks, and the end of their session (contract 88 and 89)."""

from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.parameters.query import Query
from shared.accounts.credentials import read_credentials
from shared.accounts.scopes import Scope
from shared.accounts.session_cookie import ended_cookie
from shared.accounts.sessions import Sessions
from shared.http.answers import error, json_response
from shared.process.offloading import offloaded

NO_SESSION = "A token has no session that could end; `ticketstream users revoke` revokes a token."


class Account:
    """Answers `me` and `logout` of the contract. `domain` is the `Domain` attribute of the cookie, None for none."""

    def __init__(self, access: Access, sessions: Sessions, *, domain: str | None) -> None:
        self._access = access
        self._sessions = sessions
        self._domain = domain

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
        given = read_credentials(request.scope["headers"])
        if given.token is not None:
            return error(400, "BadRequest", NO_SESSION)
        await self._sessions.end(given.sessions)
        cookie = ended_cookie(domain=self._domain, secure=request.url.scheme == "https")
        return Response(status_code=204, headers={"Set-Cookie": cookie})


def _shown(scope: Scope) -> dict[str, Any]:
    return {"kind": scope.kind} | ({} if scope.kind == "everything" else {"uids": sorted(scope.uids)})
