"""Between bytes and records: reading bodies that may be broken, writing compact JSON.

Follows the contract README, 31, 32, 63 to 65 and 67. A refusal names the field, never its value: values may be
personal data.
"""

import json
import re
from typing import Any, NoReturn, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, to_json

from shared.contract.commands import IncrementTicket, OpenTicket
from shared.contract.events import TicketEvent
from shared.contract.login import LoginRequest
from shared.contract.record import Record

Body = TypeVar("Body")

MAX_DEPTH = 64
"""Objects and arrays inside each other, the body being the first."""

_OPEN_TICKET = TypeAdapter(OpenTicket)
_INCREMENT: TypeAdapter[IncrementTicket] = TypeAdapter(IncrementTicket)
_EVENT: TypeAdapter[TicketEvent] = TypeAdapter(TicketEvent)
_LOGIN = TypeAdapter(LoginRequest)

# A text without an end counts as one as well: to look for the next text at each of its quotes would take minutes.
_TEXT_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_FIELD_NAMES = frozenset(name for record in Record.__subclasses__() for name in record.model_fields)

_EXPECTATIONS = {
    "missing": "is missing",
    "string_type": "must be a string",
    "string_pattern_mismatch": "must be a uid (hexadecimal digits, 8-4-4-4-12)",
    "list_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "union_tag_not_found": "is missing",
    "union_tag_invalid": "is not one that the contract knows",
}


class Unreadable(ValueError):  # noqa: N818
    """A body that is no such command, event or login; its text says in one clause what is wrong and where."""


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
    """Write compact JSON in UTF-8, absent optional fields left out."""
    return to_json(record, exclude_none=True)


def _parse(adapter: TypeAdapter[Body], body: bytes) -> Body:
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _refuse_deep_nesting(body)
    try:
        record = adapter.validate_json(body)
    except ValidationError as refusal:
        raise Unreadable(_explain(refusal.errors(include_url=False)[0])) from None
    if b"\\u0000" in body or b"NaN" in body or b"Infinity" in body:
        _refuse_foreign_json(body)
    return record


def _refuse_deep_nesting(body: bytes) -> None:
    depth = 0
    for token in _TEXT_OR_BRACKET.finditer(body):
        if token[0] in b"{[":
            depth += 1
            if depth > MAX_DEPTH:
                raise Unreadable(f"the body is nested deeper than {MAX_DEPTH} levels")
        elif token[0] in b"}]":
            depth -= 1


def _refuse_foreign_json(body: bytes) -> None:
    json.loads(body, object_pairs_hook=_refuse_nul_keys, parse_constant=_refuse_constant)


def _refuse_nul_keys(pairs: list[tuple[str, Any]]) -> None:
    if any("\0" in key for key, _ in pairs):
        raise Unreadable("the body has a NUL character in the name of a field")


def _refuse_constant(constant: str) -> NoReturn:
    raise Unreadable(f"the body is not valid JSON: {constant} is no number")


def _explain(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == "json_invalid":
        return f"the body is not valid JSON: {context['error']}"
    path = [str(step) for step in error["loc"] if isinstance(step, int) or step in _FIELD_NAMES]
    if error["type"].startswith("union_tag"):
        path.append(context["discriminator"].strip("'"))
    return f"{'.'.join(path) or 'the body'} {_expectation(error, context)}"


def _expectation(error: ErrorDetails, context: dict[str, Any]) -> str:
    if error["input"] is None:
        return "is missing"
    if error["type"] == "literal_error":
        return f"must be {context['expected']}"
    if error["type"] == "value_error":
        return str(context["error"])
    if error["type"] == "caller_type":
        return error["msg"]
    return _EXPECTATIONS.get(error["type"], "has the wrong form")
