"""The codec: reads records from untrusted bodies and writes compact JSON (contract 31, 32, 63 to 65 and 67).

`shared.contract.wrong_fields` says what is wrong with a body.
"""

import re
from itertools import accumulate
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from shared.contract.commands import IncrementTicket, OpenTicket
from shared.contract.events import TicketEvent
from shared.contract.login_request import LoginRequest
from shared.contract.record import Record
from shared.contract.wrong_fields import explain

Body = TypeVar("Body")

MAX_DEPTH = 64
"""Most levels of nested objects and arrays; the body itself is the first level."""
LARGE = 4 * 1024
"""Bodies of at least so many bytes are parsed to Python values before they are validated.

This takes a little longer. But pydantic, when it validates JSON directly, copies the whole object for each missing
field.
"""

_OPEN_TICKET = TypeAdapter(OpenTicket)
_INCREMENT: TypeAdapter[IncrementTicket] = TypeAdapter(IncrementTicket)
_EVENT: TypeAdapter[TicketEvent] = TypeAdapter(TicketEvent)
_LOGIN = TypeAdapter(LoginRequest)

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_NUMBER = re.compile(rb"NaN|-?Infinity")


class Unreadable(ValueError):  # noqa: N818
    """A body that is not a valid command, event or login. Its text says in one line what is wrong and where.

    `field`: the path of the first wrong field, as `shared.contract.wrong_fields` writes it; empty for the body as a
    whole.
    """

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def parse_open_ticket(body: bytes) -> OpenTicket:
    """Read an `OpenTicket` command; raises `Unreadable`."""
    return _parse(_OPEN_TICKET, body)


def parse_increment(body: bytes) -> IncrementTicket:
    """Read any command other than `OpenTicket`; raises `Unreadable`."""
    return _parse(_INCREMENT, body)


def parse_event(body: bytes) -> TicketEvent:
    """Read an event; raises `Unreadable`."""
    return _parse(_EVENT, body)


def parse_login(body: bytes) -> LoginRequest:
    """Read a login; raises `Unreadable`."""
    return _parse(_LOGIN, body)


def dump(record: Record) -> bytes:
    """Return a record as compact JSON in UTF-8, without absent fields."""
    return to_json(record, exclude_none=True)


def _parse(adapter: TypeAdapter[Body], body: bytes) -> Body:
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _refuse_deep_nesting(body)
    try:
        record = adapter.validate_json(body) if len(body) < LARGE else adapter.validate_python(_value(body))
    except ValidationError as refusal:
        raise Unreadable(*explain(refusal)) from None
    if b"\\u0000" in body or b"NaN" in body or b"Infinity" in body:
        _refuse_foreign_json(body)
    return record


def _value(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError as broken:
        raise Unreadable(f"the body is not valid JSON: {broken}") from None


def _split(body: bytes) -> list[bytes]:
    """Split JSON at the quotes of its strings: the parts are alternately outside and inside a string.

    Strings lose their escaped quotes and backslashes. The time is linear in the size of every body.
    """
    return body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')


def _refuse_deep_nesting(body: bytes) -> None:
    brackets = b"".join(_split(body)[::2]).translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise Unreadable(f"the body is nested deeper than {MAX_DEPTH} levels")


def _refuse_foreign_json(body: bytes) -> None:
    """Raise `Unreadable` for NUL in field names, NaN and Infinity, which pydantic accepts."""
    parts = _split(body)
    for text, behind in zip(parts[1::2], parts[2::2], strict=True):
        if b"\\u0000" in text and behind.lstrip().startswith(b":"):
            raise Unreadable("the body has a NUL character in the name of a field")
    if constant := _NO_NUMBER.search(b" ".join(parts[::2])):
        raise Unreadable(f"the body is not valid JSON: {constant[0].decode()} is no number")
