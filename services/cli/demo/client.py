"""A client of the platform: HTTP, a session cookie, and answers as models of the contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from ssl import SSLContext
from types import TracebackType
from typing import Any, TypeVar

import aiohttp
import orjson
from pydantic import ValidationError

from services.cli.demo.demo_error import DemoError
from shared.contract import (
    DetailedTicketView,
    Error,
    TicketEvent,
    TicketEventResultView,
    TicketQueryView,
    TicketResultView,
    TicketStats,
)
from shared.contract.record import Record

ANSWERED_WITHIN = 20.0
LOGIN = "/api/v1/login"
TICKETS = "/api/v1/tickets"
STATS = "/api/v1/tickets/stats"
EVENTS = "/api/vEvent/tickets"
JSON = {"Content-Type": "application/json"}

View = TypeVar("View", bound=Record)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request. `request` names it in messages: `POST /api/v1/login`."""

    request: str
    status: int
    body: bytes
    cookie: str = field(default="", repr=False)
    """The session that the answer opens, as a `Cookie` header."""

    def expect(self, *statuses: int) -> "Answer":
        """Return the answer itself if it has one of `statuses`; else raise `DemoError` with the platform's reason."""
        if self.status not in statuses:
            raise DemoError(f"{self.request} was answered with {self.status}{self._reason()}, not with {statuses[0]}")
        return self

    def read(self, view: type[View]) -> View:
        """Return the body as a `view`; raises `DemoError` when it is not one."""
        try:
            return view.model_validate_json(self.body)
        except ValidationError as wrong:
            raise DemoError(f"{self.request} was answered with something that is not a {view.__name__}") from wrong

    def _reason(self) -> str:
        try:
            error = Error.model_validate_json(self.body)
        except ValidationError:
            return ""
        return f" ({error.errorType}: {error.message.rstrip('.')})"


class Client:
    """One user of the platform at `url`; use as a context manager. Every method raises `DemoError`.

    `trusted` checks the platform's certificate if this machine does not trust it by itself.
    """

    def __init__(self, url: str, *, trusted: SSLContext | None = None) -> None:
        self._url = url
        self._trusted = trusted
        self._headers: dict[str, str] = {}
        self._http: aiohttp.ClientSession

    async def __aenter__(self) -> "Client":
        self._http = aiohttp.ClientSession(
            self._url,
            connector=aiohttp.TCPConnector(ssl=self._trusted or True),
            timeout=aiohttp.ClientTimeout(total=ANSWERED_WITHIN),
            cookie_jar=aiohttp.DummyCookieJar(),  # a jar would look through its cookies at every request
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def log_in(self, login: str, password: str) -> None:
        """Open a session; later requests use it."""
        answer = await self._ask("POST", LOGIN, {"login": login, "password": password})
        self._headers = {"Cookie": answer.expect(HTTPStatus.OK).cookie}

    async def send(self, command: Mapping[str, Any], ticket: str | None) -> Answer:
        """Send a command on `ticket`, or one that opens a ticket if it is None."""
        if ticket is None:
            return await self._ask("POST", EVENTS, command)
        return await self._ask("PATCH", f"{EVENTS}/{ticket}", command)

    async def tickets(self) -> list[TicketQueryView]:
        """Return the tickets, newest first."""
        return (await self._ask("GET", TICKETS)).expect(HTTPStatus.OK).read(TicketResultView).result

    async def ticket(self, uid: str) -> DetailedTicketView | None:
        """Return one ticket with its journal, or None if the views have no ticket with this uid."""
        answer = (await self._ask("GET", f"{TICKETS}/{uid}")).expect(HTTPStatus.OK, HTTPStatus.NOT_FOUND)
        return answer.read(DetailedTicketView) if answer.status == HTTPStatus.OK else None

    async def stats(self) -> TicketStats:
        """Return the statistics of all tickets."""
        return (await self._ask("GET", STATS)).expect(HTTPStatus.OK).read(TicketStats)

    async def events(self, first: str, last: str) -> list[TicketEvent]:
        """Return the events received from `first` to `last`, both included."""
        answer = await self._ask("GET", EVENTS, params={"from": first, "to": last})
        return answer.expect(HTTPStatus.OK).read(TicketEventResultView).events

    async def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        request = f"{method} {path}"
        data, headers = (None, self._headers) if body is None else (orjson.dumps(body), self._headers | JSON)
        try:
            async with self._http.request(method, path, data=data, headers=headers, params=params) as answer:
                cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
                return Answer(request, answer.status, await answer.read(), cookie)
        except TimeoutError as late:
            raise DemoError(f"{request} was not answered within {ANSWERED_WITHIN:g} s") from late
        except aiohttp.ClientError as lost:
            raise DemoError(f"{request} was not answered: {lost or type(lost).__name__}") from lost
