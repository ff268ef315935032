"""The first client, written with the standard library: everything it does must still work, over TLS.

It logs in once and always sends back the whole `Set-Cookie` text with its attributes. It sends a `Content-Type` with
every request and no `Accept`. It reads `Content-Range` as plain integers. It requests one ticket more than fits on a
page, so its last page ends at `end = count`. Its commands follow contract 23, 27, 31, 64 and 68.
"""

import json
import re
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from shared.clock import utc_now, wire
from shared.mongo import connected
from shared.process.settings import EngineSettings
from tests.support.data.directory import NORTH
from tests.support.engines.chosen_engines import Engines
from tests.support.processes.certificates import self_signed
from tests.support.processes.running_stack import CREDENTIALS, USER, options_for, running_in, with_a_user_and_an_agency

LIST, EXPORT, STATS = "/api/v1/tickets", "/api/v1/tickets/export", "/api/v1/tickets/stats"
EVENTS = "/api/vEvent/tickets"
TICKETS = [f"{number:08d}-ABCD-4000-8000-00000000000F" for number in range(5)]
OPENED = [
    "2016-08-25T16:51:23+02:00",
    "2016-08-26T16:51:23.5+02:00",
    "2016-08-27T16:51:23.25-01:30",
    "2016-08-28T16:51:23.125Z",
    "2016-08-29T16:51:23Z",
]
CREATED = [
    "2016-08-25T14:51:23.000Z",
    "2016-08-26T14:51:23.500Z",
    "2016-08-27T18:21:23.250Z",
    "2016-08-28T16:51:23.125Z",
    "2016-08-29T16:51:23.000Z",
]
SECONDS = 60


class Answer(NamedTuple):
    status: int
    headers: Any
    content: Any


@dataclass(slots=True)
class OldClient:
    """Opens a new connection for each request."""

    address: str
    trusted: Path
    cookie: str = ""

    def ask(self, method: str, target: str, sent: Any = None) -> Answer:
        """Send a request with exactly the headers that the first client sends."""
        body = b"" if sent is None else json.dumps(sent).encode()
        context = ssl.create_default_context(cafile=self.trusted)
        with closing(HTTPSConnection(self.address, timeout=SECONDS, context=context)) as connection:
            connection.putrequest(method, target, skip_accept_encoding=True)
            connection.putheader(
                "Content-Type", "application/json" if method == "GET" else "application/json; charset=utf-8"
            )
            if self.cookie:
                connection.putheader("Cookie", self.cookie)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            said = answer.read()
        return Answer(answer.status, answer.headers, json.loads(said) if said else None)

    def log_in(self) -> None:
        answer = self.ask("POST", "/api/v1/login", CREDENTIALS)
        assert (answer.status, answer.content) == (200, None)
        self.cookie = answer.headers["Set-Cookie"]

    def pages(self, target: str, size: int | None = None) -> Iterator[tuple[str, list[Any]]]:
        """Walk through a list; the page size is `size`, or `Accept-Range`, or 100."""
        start = 0
        while True:
            answer = self.ask("GET", f"{target}range={start}-{start + (size or 100)}")
            assert answer.status in (200, 206)
            size = size or int(answer.headers.get("Accept-Range", 100))
            where = answer.headers["Content-Range"]
            first, last, count = (int(part) for part in where.replace("/", "-").split("-"))
            yield where, answer.content.get("result", answer.content.get("events"))
            if first == last == count:
                return
            assert first == start
            start = last + 1


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the views show the answered commands: repeat the request, as this client does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
async def stack(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, Path]]:
    """Run a stack with a certificate; yields its address and the certificate to trust."""
    folder, name = tmp_path_factory.mktemp("stack"), f"old-{secrets.token_hex(6)}"
    certificate, key = await self_signed(folder)
    options, environment = options_for(
        EngineSettings(kafka=engines.kafka, mongo=engines.mongo, database=name, topic_prefix=f"{name}.")
    )
    tls = ("--tls-cert", str(certificate), "--tls-key", str(key))
    data = folder / "data"
    async with running_in(data, *options, *tls, environment=environment) as (_, url):
        await with_a_user_and_an_agency(data)
        yield url.removeprefix("https://"), certificate
    async with connected(engines.mongo) as client:
        await client.drop_database(name)


@pytest.fixture(scope="module")
def client(stack: tuple[str, Path]) -> OldClient:
    """Log in once for all tests."""
    client = OldClient(*stack)
    client.log_in()
    return client


def opening(number: int) -> dict[str, Any]:
    return {
        "commandType": "OpenTicket",
        "processUid": f"{number:08d}-ABCD-4000-8000-0000000000AA",
        "aggregateUid": TICKETS[number],
        "locationRef": {"locationReferenceType": "AgencyLocation", "agencyUid": NORTH.upper()},
        "ticket": {
            "caller": {"callerType": "AutomatonCaller"},
            "claimNumber": {"clientClaimNumber": f"REF{number}"},
            "address": {
                "street": "8 rue des Batignolles",
                "recipientSupplement": {"floor": "RDC"},
                "geographicalSupplement": {"building": "C"},
                "zipCode": "75001",
                "city": "PARIS",
            },
            "request": "Vitre brisée",
            "callPurposeLabel": "Vitrier",
            "altCallPurpose": {},
            "additionalData": {},
        },
        "openedDate": OPENED[number],
    }


INCREMENTS: list[tuple[int, dict[str, Any]]] = [
    (
        0,
        {
            "commandType": "AddMessage",
            "message": "Périmètre sécurisé.",
            "messageAddedDate": "2016-08-25T20:45:00+02:00",
        },
    ),
    (
        0,
        {
            "commandType": "AssignProvider",
            "provider": {
                "providerType": "AnonymousProvider",
                "name": {"nameType": "PoorName", "value": "Verre & Fils"},
                "phones": ["0146304312"],
                "fax": [],
                "emails": [],
            },
            "purpose": {"providerAssignationPurposeType": "RecourseChanged", "comment": "Astreinte"},
            "date": "2016-08-25T21:00:00.5+02:00",
        },
    ),
    (1, {"commandType": "CancelTicket", "comment": "Doublon", "date": "2016-08-26T18:00:00.25Z"}),
]


@pytest.fixture(scope="module")
def answers(client: OldClient) -> list[Answer]:
    """Open five tickets and work on two; return the answers once the views show them."""
    answers = [client.ask("POST", EVENTS, opening(number)) for number in range(5)]
    for order, (number, command) in enumerate(INCREMENTS):
        process = {"processUid": f"{order:08d}-ABCD-4000-8000-0000000000BB"}
        answers.append(client.ask("PATCH", f"{EVENTS}/{TICKETS[number]}", command | process))
    eventually(lambda: client.ask("GET", f"{LIST}?status=OPENED").headers["Content-Range"] == "0-3/4")
    return answers


def test_its_commands_are_accepted_and_become_events_as_everybody_knows_them(answers: list[Answer]) -> None:
    assert [answer.status for answer in answers] == [201] * 5 + [200] * 3
    [event] = answers[2].content["events"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["sentDate"])
    assert event == {
        "eventType": "TicketOpened",
        "processUid": "00000002-abcd-4000-8000-0000000000aa",
        "aggregateUid": "00000002-abcd-4000-8000-00000000000f",
        "locationRef": {"locationReferenceType": "AgencyLocation", "agencyUid": NORTH},
        "operator": {"operatorType": "ReferencedUser", "userUid": USER["uid"]},
        "ticket": {
            "caller": "AutomatonCaller",
            "claimNumber": {"clientClaimNumber": "REF2"},
            "address": {
                "street": "8 rue des Batignolles",
                "recipientIdentificationSupplement": {"floor": "RDC"},
                "geographicalIdentificationSupplement": {"building": "C"},
                "zipCode": "75001",
                "city": "PARIS",
            },
            "request": "Vitre brisée",
            "callPurposeLabel": "Vitrier",
            "altCallPurpose": {},
            "additionalData": {},
        },
        "openedDate": "2016-08-27T16:51:23.250-01:30",
        "sentDate": event["sentDate"],
    }


def test_a_repeated_command_is_recognised(client: OldClient, answers: list[Answer]) -> None:
    assert answers[0].status == 201
    again = client.ask("POST", EVENTS, opening(0))
    assert (again.status, again.content["errorType"]) == (400, "CommandAlreadySent")


@pytest.mark.usefixtures("answers")
def test_it_walks_the_list_to_its_end(client: OldClient) -> None:
    pages = list(client.pages(f"{LIST}?", size=2))
    assert [where for where, _ in pages] == ["0-2/5", "3-4/5", "5-5/5"]
    items = [item for _, page in pages for item in page]
    assert [item["uid"] for item in items] == [ticket.lower() for ticket in reversed(TICKETS)]
    assert items[3] == {
        "uid": "00000001-abcd-4000-8000-00000000000f",
        "ref": "REF1",
        "agencies": [{"uid": NORTH, "name": "North"}],
        "status": "CLOSED",
        "state": {"value": "TicketCancelled", "date": "2016-08-26T18:00:00.250Z"},
        "created": "2016-08-26T14:51:23.500Z",
        "updated": "2016-08-26T18:00:00.250Z",
        "closed": "2016-08-26T18:00:00.250Z",
        "callPurpose": "Vitrier",
        "caller": {"name": "AutomatonCaller"},
        "address": {
            "street": "8 rue des Batignolles",
            "recipientIdentificationSupplement": {"floor": "RDC"},
            "geographicalIdentificationSupplement": {"building": "C"},
            "zipCode": "75001",
            "city": "PARIS",
        },
    }


@pytest.mark.usefixtures("answers")
def test_accept_range_is_its_page_size_and_an_empty_list_its_end(client: OldClient) -> None:
    assert [(where, len(page)) for where, page in client.pages(f"{LIST}?")] == [("0-4/5", 5), ("5-5/5", 0)]
    assert list(client.pages(f"{LIST}?location=Nulle+part&")) == [("0-0/0", [])]


@pytest.mark.usefixtures("answers")
def test_it_reads_a_ticket_with_its_journal(client: OldClient) -> None:
    answer = client.ask("GET", f"{LIST}/{TICKETS[0]}")
    assert answer.status == 200
    assert (answer.content["uid"], answer.content["created"]) == (TICKETS[0].lower(), CREATED[0])
    assert answer.content["provider"] == {"name": "Verre & Fils", "phones": ["0146304312"], "fax": [], "emails": []}
    [day] = answer.content["journal"]
    assert day["day"] == "2016-08-25"
    assert [(event["eventName"], event["date"]) for event in day["events"]] == [
        ("MessageAdded", "2016-08-25T18:45:00.000Z"),
        ("ProviderAssigned", "2016-08-25T19:00:00.500Z"),
    ]
    assert day["events"][0]["data"]["message"] == "Périmètre sécurisé."


@pytest.mark.usefixtures("answers")
def test_it_reads_the_statistics(client: OldClient) -> None:
    answer = client.ask("GET", f"{STATS}?from=2016-08-25&to=2016-08-28&range=0-99")
    assert (answer.status, answer.content) == (
        200,
        {
            "newTickets": {"lastSevenDays": 0, "lastMonth": 0, "currentMonth": 0},
            "ticketCreationFrequency": {"byDay": 1},
        },
    )


@pytest.mark.usefixtures("answers")
def test_it_walks_the_export(client: OldClient) -> None:
    pages = list(client.pages(f"{EXPORT}?", size=3))
    assert [where for where, _ in pages] == ["0-3/5", "4-4/5", "5-5/5"]
    items = [item for _, page in pages for item in page]
    assert [item["created"] for item in items] == list(reversed(CREATED))
    assert items[4]["freeCommentaries"] == [{"date": "2016-08-25T18:45:00.000Z", "message": "Périmètre sécurisé."}]
    assert client.ask("GET", f"{EXPORT}?range=0-5").headers["Accept-Range"] == "20000"


def test_it_follows_the_events(client: OldClient, answers: list[Answer]) -> None:
    window = f"from=2016-08-25T00:00:00%2B02:00&to={wire(utc_now())}"
    pages = list(client.pages(f"{EVENTS}?{window}&", size=3))
    assert [where for where, _ in pages] == ["0-3/8", "4-7/8", "8-8/8"]
    assert [event for _, page in pages for event in page] == [answer.content["events"][0] for answer in answers]


def test_plain_http_ends_without_an_answer_and_does_no_harm(client: OldClient) -> None:
    with closing(HTTPConnection(client.address, timeout=SECONDS)) as plain:
        plain.request("GET", LIST, headers={"Cookie": client.cookie})
        with pytest.raises((HTTPException, ConnectionError)):
            plain.getresponse()
    assert client.ask("GET", LIST).status == 200


def test_its_cookie_is_the_whole_text_and_for_https_only(client: OldClient) -> None:
    attributes = client.cookie.split("; ")[1:]
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]
