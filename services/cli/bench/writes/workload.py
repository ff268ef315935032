"""The commands that are sent: ticket after ticket, rendered as HTTP/1.1 requests in advance."""

import re
import secrets
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson

from services.cli.bench.bench_error import BenchError
from services.cli.demo.story import LASTED, STORY, Step, body
from shared.clock import utc_now

COMMANDS = 10
"""Commands on one ticket: the first opens it. They are the first ones of the demonstration's story."""
PATH = "/api/vEvent/tickets"
TICKET = "00000000-0000-4000-8000-000000000000"
PROCESS = "00000000-0000-4000-8000-000000000001"
"""Placeholders for the two uids in a rendered request, of the same length as these."""
EVENT = re.compile(rb"\r\nticket-version: (\S+)")


def event_of(head: bytes) -> str:
    """Return the event that the head of an answer names, as `<ticket uid>:<version>`; raises `BenchError`."""
    found = EVENT.search(head)
    if found is None:
        raise BenchError("an answer named no event")
    return found[1].decode()


def lives(cookie: str) -> Iterator[bytes]:
    """Yield endless requests: ten commands on one ticket, then on the next, each with unused uids.

    Each is valid if the one before it was accepted. `cookie` is the header's value.
    """
    steps = [step for step in STORY if not step.refused][:COMMANDS]
    rendered = [_rendered(step, cookie) for step in steps]
    prefix = "-".join(secrets.token_hex(length) for length in (4, 2, 2, 2)).encode()
    for ticket_number in count():
        ticket = b"%s-%012x" % (prefix, ticket_number)
        for number, request in enumerate(rendered, ticket_number * COMMANDS):
            yield request.replace(TICKET.encode(), ticket).replace(PROCESS.encode(), b"%s-%012x" % (prefix, number))


def _rendered(step: Step, cookie: str) -> bytes:
    command: dict[str, Any] = body(step, utc_now() - LASTED, PROCESS)
    if step.command == "OpenTicket":
        method, path = "POST", PATH
        command["aggregateUid"] = TICKET
    else:
        method, path = "PATCH", f"{PATH}/{TICKET}"
    written = orjson.dumps(command)
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(written)}\r\n\r\n"
    )
    return head.encode() + written
