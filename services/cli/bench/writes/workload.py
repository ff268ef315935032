"""The requests that are sent: tickets' lives, one after the other, rendered as HTTP/1.1 beforehand."""

import re
import secrets
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson

from services.cli.bench.failure import BenchFailed
from services.cli.demo.story import LASTED, STORY, Step, body
from shared.clock import utc_now

COMMANDS = 10
"""Commands of one ticket: one in ten opens it, as the demonstration's story begins."""
PATH = "/api/vEvent/tickets"
TICKET = "00000000-0000-4000-8000-000000000000"
PROCESS = "00000000-0000-4000-8000-000000000001"
"""What stands in a rendered request in place of the two uids, which have the same length."""
EVENT = re.compile(rb"\r\nticket-version: (\S+)")


def event_of(head: bytes) -> str:
    """Tell which event the head of an answer names, as `<ticket uid>:<version>`; raises `BenchFailed`."""
    found = EVENT.search(head)
    if found is None:
        raise BenchFailed("an answer named no event")
    return found[1].decode()


def lives(cookie: str) -> Iterator[bytes]:
    """Give requests without end: ten commands on one ticket, then on the next, each with uids that nothing has.

    Each is valid when the one before it was accepted. `cookie` is the header's value.
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
