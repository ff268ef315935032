"""Headers of all answers that restrict browsers and caches."""

from typing import Any, Final

from shared.http.asgi import App, Scope

NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
NO_STORE: Final = (b"cache-control", b"no-store")
CACHE_CONTROL: Final = b"cache-control"


class WithHeaders:
    """Adds headers to the answers of `app`: no sniffing of types, no caching unless the answer allows it."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                cached = any(name == CACHE_CONTROL for name, _ in headers)
                message["headers"] = [*headers, NOSNIFF] if cached else [*headers, NOSNIFF, NO_STORE]
            await send(message)

        await self._app(scope, receive, sent)
