"""The endpoints of the API description, one function each: purpose, parameters and answers.

Pure. The document lists them in this order.
"""

import orjson

from services.gateway.answers.ticket_csv import COLUMNS, csv_header, csv_rows
from services.gateway.openapi.own_types import EXAMPLES
from services.gateway.openapi.parameters import (
    RULES,
    Fragment,
    awaited_version,
    filters,
    if_none_match,
    item_range,
    stream_start,
    ticket_uid,
    typed,
    window,
    words,
)
from services.gateway.openapi.responses import (
    JSON,
    a_page,
    a_stream,
    answered,
    or_csv,
    refused,
    refused_command,
    refused_other_site,
    refused_token,
    unchanged,
)
from services.gateway.openapi.sent_in_order import increments, opened, opening
from services.gateway.parameters.filters import NOT_FOR_STATS
from services.gateway.parameters.paging import LARGEST, LARGEST_EXPORT
from shared.contract.examples import examples

SESSION, TICKETS, EVENTS, DIRECTORY = "Session", "Tickets", "Events and commands", "Directory"

TAGS = {
    SESSION: "Login, logout, and what the user may do.",
    TICKETS: "Tickets in their current state. These views follow the events within milliseconds.",
    EVENTS: "Read events, and send commands.",
    DIRECTORY: "What commands name by uid: agencies, patrimonies, providers, operators.",
}

INSIDE = "They are those at which the user may see tickets."
CSV_RULES = f"""\
With `Accept: text/csv`, the tickets come as CSV (RFC 4180, UTF-8): a row of names, then a row for each ticket. A client
that accepts JSON as well gets JSON, unless CSV has a higher weight. `text/csv;bom=1` asks for a byte order mark. A cell
has several values joined by `; `. An apostrophe stands before a `=`, `+`, `-` or `@` at the beginning of a cell, and
behind a semicolon, a tab or a line break in it, so that no spreadsheet runs a formula. Columns:
{", ".join(f"`{name}`" for name in COLUMNS)}. A later release may add columns at the end."""


def paths() -> dict[str, dict[str, Fragment]]:
    """Return the operations by path and method."""
    return {
        "/api/v1/login": {"post": _login()},
        "/api/v1/logout": {"post": _logout()},
        "/api/v1/me": {"get": _me()},
        "/api/v1/tickets": {"get": _list()},
        "/api/v1/tickets/stats": {"get": _stats()},
        "/api/v1/tickets/export": {"get": _export()},
        "/api/v1/tickets/{ticket_uid}": {"get": _detail()},
        "/api/vEvent/tickets": {"get": _feed(), "post": _open()},
        "/api/vEvent/tickets/stream": {"get": _stream()},
        "/api/vEvent/tickets/{ticket_uid}": {"patch": _increment()},
        "/api/v1/agencies": {
            "get": _entries(
                "listAgencies",
                "AgencyList",
                "agencies",
                f"in the order of their labels. {INSIDE} `query` searches labels",
            )
        },
        "/api/v1/patrimonies": {
            "get": _entries(
                "listPatrimonies",
                "PatrimonyList",
                "patrimonies",
                f"in the order of their labels, or references without labels. {INSIDE} `query` searches both",
            )
        },
        "/api/v1/providers": {
            "get": _entries(
                "listProviders",
                "ProviderList",
                "providers",
                "in the order of their names. Every user sees all. `query` searches names, telephone and fax numbers, "
                "and mail addresses",
            )
        },
        "/api/v1/operators": {
            "get": _entries(
                "listOperators",
                "OperatorList",
                "operators",
                "in the order of their names. Every user sees all. `query` searches names",
            )
        },
    }


def _login() -> Fragment:
    return {
        "operationId": "login",
        "tags": [SESSION],
        "summary": "Log in",
        "description": "Opens a session. Send its cookie with every other request. The cookie is opaque and does not "
        "change. Other cookies are ignored; with several session cookies, the first live session counts. "
        "The number of attempts is limited for each account and each address.",
        "security": [],
        "requestBody": _body(
            typed("LoginRequest"), {"login": {"value": {"login": "demo", "password": "correct horse battery staple"}}}
        ),
        "responses": {
            "200": {
                "description": "Logged in. No body.",
                "headers": {"Set-Cookie": _cookie("", "The session.")},
            },
            **refused(400),
            **refused_other_site(),
            **refused(406, 408, 413, 429, 500, 503),
        },
    }


def _logout() -> Fragment:
    return {
        "operationId": "logout",
        "tags": [SESSION],
        "summary": "Log out",
        "description": "Ends the session, and makes the browser drop its cookie. Of several sessions in the cookies, "
        "all end. Other servers of the platform may accept the session for five more seconds.",
        "responses": {
            "204": {"description": "Logged out. No body.", "headers": {"Set-Cookie": _cookie("; Max-Age=0", "Empty.")}},
            **refused_token(),
            **refused(401),
            **refused_other_site(),
            **refused(500, 503),
        },
    }


def _me() -> Fragment:
    return {
        "operationId": "me",
        "tags": [SESSION],
        "summary": "Who am I?",
        "description": "Login, role and scope of the session's or the token's user. A `reader` may send no commands.",
        "responses": {
            "200": answered("The user.", "Caller", EXAMPLES["Caller"]),
            **refused(400, 401, 500, 503),
        },
    }


def _entries(operation: str, view: str, kind: str, text: str) -> Fragment:
    return {
        "operationId": operation,
        "tags": [DIRECTORY],
        "summary": f"List {kind}",
        "description": f"A page of the {kind}, {text}. Case and accents do not matter. Removed entries are left out.",
        "parameters": [item_range(LARGEST), words()],
        "responses": {
            **a_page(kind.capitalize(), view, EXAMPLES[view]),
            **refused(400, 401, 500, 503),
        },
    }


def _list() -> Fragment:
    return {
        "operationId": "listTickets",
        "tags": [TICKETS],
        "summary": "List tickets",
        "description": f"A page of the tickets that the filters select, the newest first.\n\n{RULES}",
        "parameters": [item_range(LARGEST), *filters(), awaited_version(), if_none_match()],
        "responses": {
            **a_page("Tickets", "TicketResultView", examples()["view.list"], "ETag"),
            **unchanged(),
            **refused(400, 401, 500, 503),
        },
    }


def _stats() -> Fragment:
    return {
        "operationId": "ticketStats",
        "tags": [TICKETS],
        "summary": "Count tickets",
        "description": "The number of selected tickets created in the last seven days including today, last month, "
        f"this month, and on average per day of the selected days.\n\n{RULES}",
        "parameters": [*filters(without=NOT_FOR_STATS), if_none_match()],
        "responses": {
            "200": answered("Counts.", "TicketStats", examples()["view.stats"], "ETag"),
            **unchanged(),
            **refused(400, 401, 500, 503),
        },
    }


def _export() -> Fragment:
    return {
        "operationId": "exportTickets",
        "tags": [TICKETS],
        "summary": "Export tickets",
        "description": "Many tickets with their commentaries, the newest first, from one snapshot. The answer "
        f"is streamed, and compressed with gzip for clients that accept it.\n\n{CSV_RULES}\n\n{RULES}",
        "parameters": [item_range(LARGEST_EXPORT), *filters(fulltext_alone=False), if_none_match()],
        "responses": {
            **or_csv(a_page("Tickets", "TicketExportView", examples()["view.export"], "ETag", "Vary"), _exported_csv()),
            **unchanged(),
            **refused(400, 401, 500, 503),
        },
    }


def _detail() -> Fragment:
    return {
        "operationId": "getTicket",
        "tags": [TICKETS],
        "summary": "Show a ticket",
        "description": "One ticket with its journal. The journal is grouped by days of Europe/Paris and does not list "
        "the opening. Durations are in milliseconds, and absent while they cannot be computed.",
        "parameters": [ticket_uid(), awaited_version(), if_none_match()],
        "responses": {
            "200": answered("The ticket.", "DetailedTicketView", examples()["view.detail"], "ETag"),
            **unchanged(),
            **refused(400, 401, 404, 500, 503),
        },
    }


def _feed() -> Fragment:
    return {
        "operationId": "listTicketEvents",
        "tags": [EVENTS],
        "summary": "List events",
        "description": "The events that the server received in a time span (a window), in the order of `sentDate`. A "
        "poller that sends the last `Feed-Until` as its next `from` misses no event of the tickets it may see. The "
        "server answers once no more events can come into the window, or with 503 after a few seconds. A late event "
        "is also in a later window, so it may come twice: compare `processUid`. With a `to` far in the future, the "
        "window ends now; a poller then needs no clock. The number of waiting requests is limited, in total and for "
        "each user. Further requests are answered with 503 at once.",
        "parameters": [*window(), item_range(LARGEST)],
        "responses": {
            **a_page("Events", "TicketEventResultView", examples()["view.events"], "Feed-Until"),
            **refused(400, 401, 500, 503),
        },
    }


def _stream() -> Fragment:
    return {
        "operationId": "streamTicketEvents",
        "tags": [EVENTS],
        "summary": "Stream events",
        "description": "The events of the feed as server-sent events, which a browser reads with `EventSource`: each "
        "as soon as no earlier event can come any more, about a second after its command. A message is an array of "
        "events, with the instant up to which all events were sent as its id. A client that connects again with "
        "`Last-Event-ID`, as browsers do, misses no event of the tickets it may see. A message without id has some of "
        "the events of one instant; after it, a client still goes on from the last id, and some events come twice: "
        "compare `processUid`. Comments keep the connection open. They also have an id, which browsers remember, and "
        "report no message. The stream follows the scope of its user within ten seconds, and ends when the session "
        "ends. The number of streams is limited, in total and for each user; further ones are answered with 503. A "
        "browser does not connect again after an answer other than 200: the page must.",
        "parameters": stream_start(),
        "responses": {"200": a_stream(), **refused(400, 401, 500, 503)},
    }


def _open() -> Fragment:
    return {
        "operationId": "openTicket",
        "tags": [EVENTS],
        "summary": "Open a ticket",
        "description": "`aggregateUid` is the ticket's uid. Without it, the uid is derived from `processUid`. So the "
        "same command sent again finds its own ticket and is refused with `CommandAlreadySent`.",
        "requestBody": _body(typed("OpenTicket"), {"OpenTicket": {"value": opening()}}),
        "responses": {
            "201": answered(
                "Opened. The event has the ticket's uid as `aggregateUid`.",
                "TicketEventResultView",
                {"events": [opened()]},
                "Ticket-Version",
            )
            | {"links": _links()},
            **refused_command(),
            **refused(401, 403, 406, 408, 413, 500, 503),
        },
    }


def _increment() -> Fragment:
    shown = {kind: {"value": command} for kind, command in increments().items()}
    return {
        "operationId": "incrementTicket",
        "tags": [EVENTS],
        "summary": "Send a command to a ticket",
        "description": f"All commands after the opening; `commandType` distinguishes the {len(shown)} of them. A "
        "ticket takes them in the order of arrival. Their dates may be in the past, and a closed ticket still takes "
        "calls, notes and corrections.",
        "parameters": [ticket_uid()],
        "requestBody": _body(typed("IncrementTicket"), shown),
        "responses": {
            "200": answered(
                "Accepted. The event that the command became.",
                "TicketEventResultView",
                {"events": [examples()["event.CallEmittedTo"]]},
                "Ticket-Version",
            ),
            **refused_command(),
            **refused(401, 403, 406, 408, 413, 500, 503),
        },
    }


def _cookie(end: str, text: str) -> Fragment:
    value = "" if end else "Q2hhbmdlTWUtMTIz"
    return {
        "description": text,
        "required": True,
        "schema": {"type": "string"},
        "example": f"PI_SESSION={value}; Path=/; HttpOnly; SameSite=Lax{end}",
    }


def _body(schema: Fragment, named: dict[str, Fragment]) -> Fragment:
    return {"required": True, "content": {JSON: {"schema": schema, "examples": named}}}


def _exported_csv() -> str:
    tickets = map(orjson.dumps, examples()["view.export"]["result"])
    return (csv_header() + csv_rows(tickets)).decode()


def _links() -> Fragment:
    uid = {"ticket_uid": "$response.body#/events/0/aggregateUid"}
    return {
        "incrementTicket": {"operationId": "incrementTicket", "parameters": uid},
        "getTicket": {
            "operationId": "getTicket",
            "parameters": uid | {"If-Ticket-Version": "$response.header.Ticket-Version"},
        },
    }
