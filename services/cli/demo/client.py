"""The platform as a client sees it: HTTP, a session cookie, and answers in the contract's shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ssl import SSLContext
from types import TracebackType
from typing import Any, TypeVar

import aiohttp
from pydantic import ValidationError

from services.cli.demo.failure import DemoFailed
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

View = TypeVar("View", bound=Record)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a request, which is named for whoever reads of it: `POST /api/v1/login`."""

    request: str
    status: int
    body: bytes

    def expect(self, *statuses: int) -> "Answer":
        """Give the answer itself when it has one of `statuses`; raises `DemoFailed` with the platform's reason."""
        if self.status not in statuses:
            raise DemoFailed(f"{self.request} was answered with {self.status}{self._reason()}, not with {statuses[0]}")
        return self

    def read(self, view: type[View]) -> View:
        """Read the body; raises `DemoFailed` when it has another shape."""
        try:
            return view.model_validate_json(self.body)
        except ValidationError as wrong:
            raise DemoFailed(f"{self.request} was answered with something that is no {view.__name__}") from wrong

    def _reason(self) -> str:
        try:
            error = Error.model_validate_json(self.body)
        except ValidationError:
            return ""
        return f" ({error.errorType}: {error.message.rstrip('.')})"


class Client:
    """One user of the platform at `url`; use as a context manager. Every method raises `DemoFailed`.

    `trusted` checks the platform's certificate, where it is one that this machine does not trust by itself.
    """

    def __init__(self, url: str, *, trusted: SSLContext | None = None) -> None:
        self._url = url
        self._trusted = trusted
        self._http: aiohttp.ClientSession

    async def __aenter__(self) -> "Client":
        self._http = aiohttp.ClientSession(
            self._url,
            connector=aiohttp.TCPConnector(ssl=self._trusted or True),
            timeout=aiohttp.ClientTimeout(total=ANSWERED_WITHIN),
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # "unsafe" is a host that is a number, as 127.0.0.1
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def log_in(self, login: str, password: str) -> None:
        """Open a session, which the requests that follow are part of."""
        credentials = {"login": login, "password": password}
        (await self._ask("POST", LOGIN, json=credentials)).expect(HTTPStatus.OK)

    async def send(self, command: Mapping[str, Any], ticket: str | None) -> Answer:
        """Send a command: one that opens a ticket, or one on `ticket`."""
        if ticket is None:
            return await self._ask("POST", EVENTS, json=command)
        return await self._ask("PATCH", f"{EVENTS}/{ticket}", json=command)

    async def tickets(self) -> list[TicketQueryView]:
        """List the tickets, the newest first."""
        return (await self._ask("GET", TICKETS)).expect(HTTPStatus.OK).read(TicketResultView).result

    async def ticket(self, uid: str) -> DetailedTicketView | None:
        """Give one ticket with its journal, None if the views have none with this uid."""
        answer = (await self._ask("GET", f"{TICKETS}/{uid}")).expect(HTTPStatus.OK, HTTPStatus.NOT_FOUND)
        return answer.read(DetailedTicketView) if answer.status == HTTPStatus.OK else None

    async def stats(self) -> TicketStats:
        """Give the statistics of all tickets."""
        return (await self._ask("GET", STATS)).expect(HTTPStatus.OK).read(TicketStats)

    async def events(self, first: str, last: str) -> list[TicketEvent]:
        """Give the events received from `first` to `last`, both included."""
        answer = await self._ask("GET", EVENTS, params={"from": first, "to": last})
        return answer.expect(HTTPStatus.OK).read(TicketEventResultView).events

    async def _ask(self, method: str, path: str, **sent: Any) -> Answer:
        request = f"{method} {path}"
        try:
            async with self._http.request(method, path, **sent) as answer:
                return Answer(request, answer.status, await answer.read())
        except TimeoutError as late:
            raise DemoFailed(f"{request} was not answered within {ANSWERED_WITHIN:g} s") from late
        except aiohttp.ClientError as lost:
            raise DemoFailed(f"{request} was not answered: {lost or type(lost).__name__}") from lost
