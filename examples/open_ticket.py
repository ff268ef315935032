"""Open a ticket exactly once, see it in the list, and read the list page by page.

    PASSWORD=… python open_ticket.py https://tickets.example.com demo 7eccba5b-25c6-153f-2feb-7aef9e509123

The last argument is the uid of an agency. It needs only Python.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener
from uuid import uuid4

ANSWERED_WITHIN = 30.0
"""Timeout of a request, in seconds."""
GIVE_UP_AFTER = 120.0
"""Seconds after which a request that gets no answer, or 503 again and again, fails."""
PAUSE = 1.0
"""Seconds between two attempts, where the answer does not say."""
PAGE = 100
"""Tickets of a page. An answer has at most as many as its header `Accept-Range` says."""


class Client:
    """A session of one user."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._url = url
        self._credentials = {"login": login, "password": password}
        self._browser = build_opener(HTTPCookieProcessor(CookieJar()))  # keeps the session's cookie

    def log_in(self) -> None:
        """Open a session."""
        self._ask("POST", "/api/v1/login", self._credentials)

    def open_ticket(self, ticket: str, content: Mapping[str, Any]) -> str:
        """Open the ticket with the uid `ticket`, and return its version, for reads that must show it."""
        command = {"commandType": "OpenTicket", "processUid": str(uuid4()), "aggregateUid": ticket, **content}
        try:
            self._patiently("POST", "/api/vEvent/tickets", command)
        except HTTPError as refusal:
            error = json.load(refusal)
            # An earlier attempt was accepted, and its answer was lost.
            if error["errorType"] != "CommandAlreadySent":
                raise SystemExit(f"{error['errorType']}: {error['message']}") from refusal
        return f"{ticket}:1"

    def tickets(self, version: str) -> Iterator[dict[str, Any]]:
        """Yield all tickets, the newest first, once the list shows `version`."""
        first, count = 0, 1
        while first < count:
            target = f"/api/v1/tickets?range={first}-{first + PAGE - 1}"
            page, headers = self._patiently("GET", target, **{"If-Ticket-Version": version})
            yield from page["result"]
            # `Content-Range` is `0-99/256`: the items of this page, and how many there are.
            place, _, total = headers["Content-Range"].partition("/")
            first, count = int(place.partition("-")[2]) + 1, int(total)

    def _patiently(self, method: str, target: str, sent: Any = None, **headers: str) -> tuple[Any, Mapping[str, str]]:
        """Repeat a request until it is answered.

        That is safe for commands: one with the same `processUid` is applied at most once. So the body must not change.
        """
        end = time.monotonic() + GIVE_UP_AFTER
        while True:
            pause = PAUSE
            try:
                return self._ask(method, target, sent, **headers)
            except HTTPError as refusal:
                if time.monotonic() > end:
                    raise
                if refusal.code == HTTPStatus.UNAUTHORIZED:  # the session has ended
                    self.log_in()
                elif "Retry-After" in refusal.headers:  # 503, or 429
                    pause = float(refusal.headers["Retry-After"])
                elif refusal.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise
            except (OSError, HTTPException):
                if time.monotonic() > end:
                    raise
            time.sleep(pause)

    def _ask(self, method: str, target: str, sent: Any = None, **headers: str) -> tuple[Any, Mapping[str, str]]:
        body = None if sent is None else json.dumps(sent).encode()
        headers |= {"Content-Type": "application/json"}
        asked = Request(self._url + target, body, headers, method=method)  # noqa: S310 - our own url
        with self._browser.open(asked, timeout=ANSWERED_WITHIN) as answer:
            said = answer.read()
            return json.loads(said) if said else None, answer.headers


def main(url: str, login: str, agency: str) -> None:
    """Open a ticket of the agency, and print all tickets."""
    client = Client(url, login, os.environ["PASSWORD"])
    client.log_in()
    version = client.open_ticket(
        str(uuid4()),
        {
            "locationRef": {"locationReferenceType": "AgencyLocation", "agencyUid": agency},
            "openedDate": datetime.now(UTC).isoformat(),  # a date needs a zone
            "ticket": {
                "caller": {"callerType": "HumanCaller", "name": {"nameType": "PoorName", "value": "Mme Lefevre"}},
                "address": {"street": "12 rue de Gand", "zipCode": "59200", "city": "Tourcoing"},
                "request": "The lift is stuck between two floors.",
                "callPurposeLabel": "Lift",
                "claimNumber": {},
                "altCallPurpose": {},
                "additionalData": {},
            },
        },
    )
    for ticket in client.tickets(version):
        print(ticket["uid"], ticket["created"], ticket["status"], ticket["callPurpose"])


if __name__ == "__main__":
    main(*sys.argv[1:])
