"""The cost of reading the largest bodies: a few milliseconds of processor time, for any content."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.contract import (
    BasicAddress,
    IncrementTicket,
    LoginRequest,
    OpenTicket,
    TicketEvent,
    TicketInfos,
    TicketOpened,
    Unreadable,
    parse_event,
    parse_increment,
    parse_login,
    parse_open_ticket,
)
from shared.contract.codec import LARGE, MAX_DEPTH
from tests.contract.shapes import CONTRACT
from tests.support.measures.growth import assert_linear, least_seconds

LARGEST = 256 * 1024
AT_MOST = 0.1
"""Limit in seconds of processor time. Each case takes 0.01 to 0.05 s; before its fix, it took several times 0.1 s."""
MESSAGE = {
    "processUid": "0c53f4c1-7cbc-54f5-a1c0-ae8391f87165",
    "message": "hello",
    "messageAddedDate": "2016-08-25T20:45:00.000+02:00",
    "commandType": "AddMessage",
}
OPEN_TICKET = json.loads((CONTRACT / "examples" / "command.OpenTicket.json").read_text())
IN_TEXTS = [b"[", b"{", b"]", b"}", b'\\"', b"\\\\", b"\\u0000", b"a"]
OTHER_VALUES: list[Any] = [None, True, 1, 1.5, "", "x", [], [None], {}, {"x": None}]
TEXT_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def repeated(part: bytes, size: int = LARGEST) -> bytes:
    """Return an AddMessage of `size` bytes, by default the largest allowed, whose unknown field repeats `part`."""
    body = json.dumps(MESSAGE).encode()[:-1] + b',"unknown":['
    return body + b",".join([part] * ((size - len(body)) // (len(part) + 1))) + b"]}"


def opening(**changes: Any) -> bytes:
    return json.dumps(OPEN_TICKET | {"ticket": OPEN_TICKET["ticket"] | changes}).encode()


def entries(value: Any, number: int = 20_000) -> dict[str, Any]:
    return {f"{name:x}": value for name in range(number)}


def changes(body: Any) -> Iterator[Any]:
    """Yield `body`, and variants of it with one value replaced or removed, at every depth."""
    yield body
    for place in body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ():
        if isinstance(body, dict):
            yield {name: value for name, value in body.items() if name != place}
        for value in (*OTHER_VALUES, *changes(body[place])):
            changed = body.copy()
            changed[place] = value
            yield changed


def parts_of(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema of pydantic and all schemas in it."""
    if isinstance(schema, dict):
        yield schema
    for inside in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list | tuple) else ():
        yield from parts_of(inside)


def outcome(parse: Callable[[bytes], Any], body: bytes) -> Any:
    """Return the record, or the reason of the refusal."""
    try:
        return parse(body)
    except Unreadable as refusal:
        return str(refusal)


def tried(parse: Callable[[bytes], Any], body: bytes) -> str:
    read = outcome(parse, body)
    return read if isinstance(read, str) else "read"


@pytest.mark.parametrize("parse", [parse_increment, parse_login])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(repeated(b"[]"), id="arrays"),
        pytest.param(repeated(b"{}"), id="objects"),
        pytest.param(repeated(b"[" * 60 + b"]" * 60), id="deep arrays"),
        pytest.param(b'{"x":[' + b"[]," * 70 + b'"a",' * 60_000 + b'""]}', id="texts"),
        pytest.param(b"[]" * 65 + b'"' + b'\\"' * 130_000, id="a text of quotes without an end"),
        pytest.param(b"[]" * 65 + b'"' + b"\\\\" * 130_000, id="a text of backslashes without an end"),
        pytest.param(b'{"x":' + b"9" * 250_000 + b"}", id="a long number"),
        pytest.param(b'{"x":1e' + b"9" * 250_000 + b"}", id="a long exponent"),
        pytest.param(repeated(b"9" * 4_000), id="numbers"),
        pytest.param(repeated(b'"\\u0000"'), id="texts of NUL"),
        pytest.param(repeated(b'{"a":"\\u0000"}'), id="objects with texts of NUL"),
        pytest.param(json.dumps(MESSAGE | entries(1)).encode(), id="unknown fields"),
        pytest.param(json.dumps(entries({})).encode(), id="unknown objects, all fields missing"),
        pytest.param(b'{"login":null,"message":null,' + repeated(b"[null]")[1:], id="nulls"),
        pytest.param(json.dumps(MESSAGE).encode()[:-1] + b',"message":"x"' * 17_000 + b"}", id="a repeated field"),
        pytest.param(json.dumps(MESSAGE | {"message": " " * 250_000}).encode(), id="a blank text"),
        pytest.param(json.dumps(MESSAGE | {"processUid": "0" * 250_000}).encode(), id="a long uid"),
        pytest.param(json.dumps(MESSAGE | {"messageAddedDate": "2" * 250_000}).encode(), id="a long date"),
        pytest.param(json.dumps(MESSAGE | {"commandType": "x" * 250_000}).encode(), id="a long tag"),
    ],
)
def test_the_largest_body_is_read_or_refused_at_once(parse: Callable[[bytes], Any], body: bytes) -> None:
    assert least_seconds(lambda: tried(parse, body)) < AT_MOST


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [
        ({"additionalData": entries(None, 15_000)}, "read"),
        ({"additionalData": entries(1)}, "ticket.additionalData.* must be a string"),
        ({"additionalData": entries([])}, "ticket.additionalData.* must be a string"),
        ({"altCallPurpose": entries([], 15_000)}, "read"),
        ({"altCallPurpose": entries(1)}, "ticket.altCallPurpose.* must be an array"),
        ({"altCallPurpose": entries([1], 15_000)}, "ticket.altCallPurpose.*[0] must be a string"),
        ({"altCallPurpose": entries([None], 12_000)}, "ticket.altCallPurpose.*[0] must be a string"),
        ({"altCallPurpose": {"a": [1] * 80_000}}, "ticket.altCallPurpose.*[0] must be a string"),
        ({"altCallPurpose": {"a": [""] * 60_000}}, "read"),
    ],
)
def test_a_map_full_of_wrong_entries_is_refused_for_its_first(ticket: dict[str, Any], reason: str) -> None:
    body = opening(**ticket)
    assert len(body) < LARGEST
    assert tried(parse_open_ticket, body) == reason
    assert least_seconds(lambda: tried(parse_open_ticket, body)) < AT_MOST


@pytest.mark.parametrize(
    ("parse", "command"), [(parse_open_ticket, "OpenTicket"), (parse_increment, "UpdateTicket"), (parse_event, "")]
)
@pytest.mark.parametrize("value", [None, 1, "x", [], {}])
@pytest.mark.parametrize("beside", [0, 20_000])
def test_a_body_of_nothing_but_wrong_fields_is_refused_at_once(
    parse: Callable[[bytes], Any], command: str, value: Any, beside: int
) -> None:
    tag = {"commandType": command} if command else {"eventType": "TicketOpened"}
    ticket = dict.fromkeys(TicketInfos.model_fields, value) | {
        "address": dict.fromkeys(BasicAddress.model_fields, value)
    }
    fields = dict.fromkeys((*OPEN_TICKET, *TicketOpened.model_fields), value) | {"ticket": ticket}
    body = json.dumps(fields | entries({}, beside) | tag).encode()
    assert "; " in tried(parse, body)
    assert least_seconds(lambda: tried(parse, body)) < AT_MOST


@pytest.mark.parametrize("body", [OpenTicket, IncrementTicket, TicketEvent, LoginRequest])
def test_the_number_of_problems_of_a_body_depends_on_the_types_alone(body: Any) -> None:
    for part in parts_of(TypeAdapter(body).core_schema):
        if part.get("type") in ("list", "dict"):
            assert part["fail_fast"], part
        assert part.get("type") not in ("set", "frozenset", "tuple", "generator"), part


@pytest.mark.parametrize("part", [b"[]", b'{"":{}}', b'"\\u0000"', b'"\\\\\\""', b"NaN", b'{"a":[null,"b"]}'])
def test_reading_grows_with_the_body_alone(part: bytes) -> None:
    for parse in (parse_increment, parse_login, parse_event):
        assert_linear(partial(_read_in_quarters, parse, part))


def test_the_measured_depth_is_that_of_reading_letter_by_letter() -> None:
    chance = Random(3)  # noqa: S311 - the same bodies each time
    for _ in range(400):
        texts = [b'"' + b"".join(chance.choices(IN_TEXTS, k=chance.randrange(6))) + b'"' for _ in range(100)]
        parts = chance.choices([b"[", b"{", b"]", b"}", b"a", b" "], k=300)
        body = b"[" * chance.randrange(MAX_DEPTH) + b"".join(chance.sample(texts + parts, 400))
        body = body[: chance.randrange(300, len(body))]
        is_deep = "nested deeper" in tried(parse_increment, body)
        assert is_deep == (_deepest(body) > MAX_DEPTH and body.count(b"[") + body.count(b"{") > MAX_DEPTH)


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (rb'"a\u0000":1', "the body has a NUL character in the name of a field"),
        (rb'"a\u0000"  :1', "the body has a NUL character in the name of a field"),
        (rb'"a\\\u0000":1', "the body has a NUL character in the name of a field"),
        (rb'"a\"\u0000":{}', "the body has a NUL character in the name of a field"),
        (rb'"a\\u0000":1', "read"),
        (rb'"a":"\u0000","b":"\":"', "read"),
        (rb'"a":["\u0000","\u0000"]', "read"),
        (rb'"a":"NaN: \"NaN\" NaN"', "read"),
        (rb'"NaN":"Infinity"', "read"),
        (rb'"a":[1,NaN]', "the body is not valid JSON: NaN is no number"),
        (rb'"a":Infinity', "the body is not valid JSON: Infinity is no number"),
        (rb'"a\\":-Infinity', "the body is not valid JSON: -Infinity is no number"),
    ],
)
def test_names_with_nul_and_words_for_numbers_are_distinguished_from_texts(member: bytes, reason: str) -> None:
    assert tried(parse_increment, b"{" + member + b"," + json.dumps(MESSAGE).encode()[1:]) == reason


@pytest.mark.parametrize("path", sorted((CONTRACT / "examples").glob("[ce][ov]*.json")), ids=lambda path: path.stem)
def test_a_large_body_is_read_and_refused_like_a_small_one(path: Path) -> None:
    parse: Callable[[bytes], Any] = parse_event if path.stem.startswith("event") else parse_increment
    parse = parse_open_ticket if path.stem == "command.OpenTicket" else parse
    for changed in changes(json.loads(path.read_text())):
        small = json.dumps(changed).encode()
        assert len(small) < LARGE
        assert outcome(parse, small + b" " * LARGE) == outcome(parse, small)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"01",
        b"1.",
        b"'x'",
        b"{",
        b"]",
        b'"',
        b'"\\"',
        b'"\\ud800"',
        b'"\xff"',
        b"1e400",
        b"NaN",
        b"9" * 5_000,
        b"tru",
    ],
)
def test_a_large_body_that_is_no_json_is_refused_like_a_small_one(value: bytes) -> None:
    small = json.dumps(MESSAGE).encode()[:-1] + b',"unknown":' + value[:3_000] + b"}"
    said, said_of_small = (tried(parse_increment, body) for body in (small + b" " * LARGE, small))
    assert said.partition(" at line ")[0] == said_of_small.partition(" at line ")[0]


@pytest.mark.parametrize("place", ["processUid", "message", "messageAddedDate", "operator"])
@pytest.mark.parametrize("value", [None, 1, [], {}])
def test_a_null_is_distinguished_from_a_wrong_value(place: str, value: Any) -> None:
    said = tried(parse_increment, json.dumps(MESSAGE | {place: value, "unknown": None}).encode())
    if place == "operator":
        assert said == "read" if value is None else said.startswith("operator")
    else:
        assert said == f"{place} is missing" if value is None else said.startswith(f"{place} must be")


def _read_in_quarters(parse: Callable[[bytes], Any], part: bytes, quarters: int) -> str:
    return tried(parse, repeated(part, quarters * LARGEST // 4))


def _deepest(body: bytes) -> int:
    deepest = depth = 0
    for token in TEXT_OR_BRACKET.finditer(body):
        depth += (token[0] in b"{[") - (token[0] in b"}]")
        deepest = max(deepest, depth)
    return deepest
