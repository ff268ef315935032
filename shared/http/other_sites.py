"""Protection against cross-site requests (contract 92).

A browser adds the session's cookie to everything that pages of other sites send. Browsers name the page that a request
comes from. Programs do not.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from shared.http.asgi import App, Exchange, Header, Scope
from shared.http.error_answers import reason_header
from shared.telemetry import logger

CHANGES_NOTHING: Final = frozenset({"GET", "HEAD"})
OWN_SITES: Final = frozenset({b"same-origin", b"none"})
"""`Sec-Fetch-Site` of a page of the same origin, and of a request that a person makes in the address bar."""
DEFAULT_PORTS: Final = {b"http": b":80", b"https": b":443"}
ELSEWHERE: Final = (
    "A browser sent this for a page of another site, with the session of the person who looks at that page. "
    "Send it from a page of this address."
)

log = logger(__name__)


class OtherSites:
    """Passes requests to `app`, except those that pages of other sites send to change something.

    It checks requests with a cookie, and all requests to the paths of `always`: a login needs no cookie.
    """

    def __init__(self, app: App, always: Collection[str] = ()) -> None:
        self._app = app
        self._always = frozenset(always)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request. Refuses it with 403 before its body is read."""
        if scope["type"] == "http" and scope["method"] not in CHANGES_NOTHING and self._is_foreign(scope):
            log.warning("other_site_refused", method=scope["method"])
            headers = (reason_header("other-site"),)
            await Exchange(scope, receive, send).refuse(403, "Forbidden", ELSEWHERE, headers)
            return
        await self._app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        headers = scope["headers"]
        return comes_from_elsewhere(scope["scheme"], headers) and (
            scope["path"] in self._always or any(name == b"cookie" for name, _ in headers)
        )


def comes_from_elsewhere(scheme: str, headers: Iterable[Header]) -> bool:
    """Return whether the headers, with names in lower case, come from a page of another origin than the request's.

    `scheme` and the header `Host` are the origin of the request.
    """
    origins, hosts = [], []
    for name, value in headers:
        if name == b"sec-fetch-site":
            if value.strip() not in OWN_SITES:
                return True
        elif name == b"origin":
            origins.append(value)
        elif name == b"host":
            hosts.append(value)
    if not origins:
        return False
    own = {_plain(scheme.encode() + b"://" + host) for host in hosts}
    return len(own) != 1 or any(_plain(origin) not in own for origin in origins)


def _plain(origin: bytes) -> bytes:
    """Return an origin as browsers write it: in lower case, without the default port of its scheme."""
    lower = origin.strip().lower()
    return lower.removesuffix(DEFAULT_PORTS.get(lower.partition(b"://")[0], b":"))
