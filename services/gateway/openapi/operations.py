"""The endpoints, one function each: what they are for, what they take, what they answer.

Pure. The document has them in this order.
"""

from typing import get_args

from services.gateway.filters import NOT_FOR_STATS
from services.gateway.openapi.parameters import (
    RULES,
    Fragment,
    awaited_version,
    filters,
    item_range,
    ticket_uid,
    typed,
    window,
)
from services.gateway.openapi.responses import JSON, a_page, answered, refused, refused_command
from services.gateway.paging import LARGEST, LARGEST_EXPORT
from shared.contract import IncrementTicket
from shared.contract.examples import examples

SESSION, TICKETS, EVENTS = "Session", "Tickets", "Events and commands"

TAGS = {
    SESSION: "Who asks.",
    TICKETS: "Tickets as they are now: views, which follow the events within milliseconds.",
    EVENTS: "What happened, and how to have something happen.",
}


def paths() -> dict[str, dict[str, Fragment]]:
    """Give the operations by path and method."""
    return {
        "/api/v1/login": {"post": _login()},
        "/api/v1/tickets": {"get": _list()},
        "/api/v1/tickets/stats": {"get": _stats()},
        "/api/v1/tickets/export": {"get": _export()},
        "/api/v1/tickets/{ticket_uid}": {"get": _detail()},
        "/api/vEvent/tickets": {"get": _feed(), "post": _open()},
        "/api/vEvent/tickets/{ticket_uid}": {"patch": _increment()},
    }


def _login() -> Fragment:
    return {
        "operationId": "login",
        "tags": [SESSION],
        "summary": "Log in",
        "description": "Opens a session. Its cookie is sent with every other request; it is opaque, does not change, "
        "and other cookies beside it are ignored. Attempts are limited for each account and each address.",
        "security": [],
        "requestBody": _body(
            typed("LoginRequest"), {"login": {"value": {"login": "demo", "password": "correct horse battery staple"}}}
        ),
        "responses": {
            "200": {
                "description": "Logged in. No body.",
                "headers": {
                    "Set-Cookie": {
                        "description": "The session.",
                        "required": True,
                        "schema": {"type": "string"},
                        "example": "PI_SESSION=Q2hhbmdlTWUtMTIz; Path=/; HttpOnly; SameSite=Lax",
                    }
                },
            },
            **refused(400, 406, 408, 413, 429, 500, 503),
        },
    }


def _list() -> Fragment:
    return {
        "operationId": "listTickets",
        "tags": [TICKETS],
        "summary": "List tickets",
        "description": f"A page of the tickets that the filters select, the newest first.\n\n{RULES}",
        "parameters": [item_range(LARGEST), *filters(), awaited_version()],
        "responses": {
            **a_page("Tickets", "TicketResultView", examples()["view.list"]),
            **refused(400, 401, 500, 503),
        },
    }


def _stats() -> Fragment:
    return {
        "operationId": "ticketStats",
        "tags": [TICKETS],
        "summary": "Count tickets",
        "description": "How many of the selected tickets were created in the seven days that end today, in the month "
        f"before this one, in this month, and per day of the span that is selected.\n\n{RULES}",
        "parameters": filters(without=NOT_FOR_STATS),
        "responses": {
            "200": answered("Counts.", "TicketStats", examples()["view.stats"]),
            **refused(400, 401, 500, 503),
        },
    }


def _export() -> Fragment:
    return {
        "operationId": "exportTickets",
        "tags": [TICKETS],
        "summary": "Export tickets",
        "description": "Many tickets at once with their commentaries, the newest first, all of one moment. The answer "
        f"is streamed, and compressed with gzip for those who accept it.\n\n{RULES}",
        "parameters": [item_range(LARGEST_EXPORT), *filters(fulltext_alone=False)],
        "responses": {
            **a_page("Tickets", "TicketExportView", examples()["view.export"]),
            **refused(400, 401, 500, 503),
        },
    }


def _detail() -> Fragment:
    return {
        "operationId": "getTicket",
        "tags": [TICKETS],
        "summary": "Show a ticket",
        "description": "One ticket with its journal. The journal is by days of Europe/Paris, and leaves out the "
        "opening. Durations are in milliseconds, absent while they can not be computed.",
        "parameters": [ticket_uid(), awaited_version()],
        "responses": {
            "200": answered("The ticket.", "DetailedTicketView", examples()["view.detail"]),
            **refused(400, 401, 404, 500, 503),
        },
    }


def _feed() -> Fragment:
    return {
        "operationId": "listTicketEvents",
        "tags": [EVENTS],
        "summary": "List events",
        "description": "The events that the server received in a span of time (`sentDate`), in that order. A poller "
        "that continues from its last `to` misses none of the tickets it may see: a span is answered once no more "
        "events can come into it, else with 503 after a few seconds, and an event that was late is in a later span as "
        "well. So it may come twice: `processUid` tells.",
        "parameters": [*window(), item_range(LARGEST)],
        "responses": {
            **a_page("Events", "TicketEventResultView", examples()["view.events"]),
            **refused(400, 401, 500, 503),
        },
    }


def _open() -> Fragment:
    return {
        "operationId": "openTicket",
        "tags": [EVENTS],
        "summary": "Open a ticket",
        "description": "The ticket's uid is `aggregateUid`; left out, it is made from `processUid`, so that the same "
        "command sent again meets its own ticket and is refused with `CommandAlreadySent`.",
        "requestBody": _body(typed("OpenTicket"), {"OpenTicket": {"value": examples()["command.OpenTicket"]}}),
        "responses": {
            "201": answered(
                "Opened: the event, with the ticket's uid as `aggregateUid`.",
                "TicketEventResultView",
                {"events": [examples()["event.TicketOpened"]]},
                "Ticket-Version",
            )
            | {"links": _links()},
            **refused_command(),
            **refused(401, 403, 406, 408, 413, 500, 503),
        },
    }


def _increment() -> Fragment:
    kinds = [command.__name__ for command in get_args(get_args(IncrementTicket)[0])]
    return {
        "operationId": "incrementTicket",
        "tags": [EVENTS],
        "summary": "Send a command to a ticket",
        "description": "Whatever happens to a ticket after its opening; `commandType` tells the 30 commands apart. A "
        "ticket takes them in the order in which they arrive: their dates may lie back, and a closed ticket still "
        "takes calls, notes and corrections.",
        "parameters": [ticket_uid()],
        "requestBody": _body(
            typed("IncrementTicket"), {kind: {"value": examples()[f"command.{kind}"]} for kind in kinds}
        ),
        "responses": {
            "200": answered(
                "Done: the event that the command became.",
                "TicketEventResultView",
                {"events": [examples()["event.CallEmittedTo"]]},
                "Ticket-Version",
            ),
            **refused_command(),
            **refused(401, 403, 406, 408, 413, 500, 503),
        },
    }


def _body(schema: Fragment, named: dict[str, Fragment]) -> Fragment:
    return {"required": True, "content": {JSON: {"schema": schema, "examples": named}}}


def _links() -> Fragment:
    uid = {"ticket_uid": "$response.body#/events/0/aggregateUid"}
    return {
        "incrementTicket": {"operationId": "incrementTicket", "parameters": uid},
        "getTicket": {
            "operationId": "getTicket",
            "parameters": uid | {"If-Ticket-Version": "$response.header.Ticket-Version"},
        },
    }
