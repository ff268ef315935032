"""Hypothesis strategies for almost valid commands: the contract's examples with a few changes."""

import json
import uuid
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from hypothesis import strategies as st

from tests.contract.shapes import COMMANDS
from tests.support.data.refusal_cases import placed


class Literal(bytes):
    """Bytes that are put into the body unchanged, valid JSON or not."""


class Object(list[tuple[str, Any]]):
    """A JSON object in which a name may occur twice."""


_numbers = count()

TEXTS = ["", " ", "\u00a0", "x", "\0", "é☎\U0001f600", "Yes", "OPENED", "null", "{}", "../..", "'; --", "$where", "%00"]
DATES = [
    *("2016-02-30T00:00:00Z", "2016-13-01T00:00:00Z", "2016-08-25T24:00:00Z", "0000-01-01T00:00:00Z", "2016-08-25"),
    *("9999-12-31T23:59:59.999-18:00", "0001-01-01T00:00:00+18:00", "2016-08-25T00:00:00+18:01", "1e9", "now"),
    *("2016-08-25T00:00:00.0000Z", "2016-08-25T00:00:00Z ", "2016-08-25T23:59:60Z", "2016-08-25T00:00:00.1-00:00"),
]
UIDS = ["no-uid", "0" * 36, "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "0c53f4c1-7cbc-54f5-a1c0-ae8391f8716\u0665"]
LITERALS = [
    *(
        Literal(text)
        for text in (b"", b"NaN", b"-Infinity", b"undefined", b"'x'", b"{", b"]", b'"', b"\\", b"01", b"1.")
    ),
    *(
        Literal(text)
        for text in (b'"\\ud800"', b'"\\udc00x"', b'"\\u0000"', b'{"\\u0000":1}', b'"\xff"', b'"\xed\xa0\x80"')
    ),
    *(Literal(b"[" * depth + b"]" * depth) for depth in (61, 62, 63, 64, 65, 1_000, 100_000)),
    *(Literal(b'{"a":' * depth + b"0" + b"}" * depth) for depth in (62, 63, 64, 1_000)),
    *(Literal(b"9" * digits) for digits in (16, 20, 310, 4_000, 5_000, 100_000)),
    *(Literal(text) for text in (b"1e400", b"-1e400", b"1e-400", b"-0", b"0.1e1", b"9007199254740993")),
    Literal(b'"' + b"x" * 100_000 + b'"'),
    Literal(b'"' + b"x" * 300_000 + b'"'),
    Literal(b'"' + b'\\"' * 50_000),
    Literal(b"[" + b"null," * 20_000 + b"null]"),
    Literal(b"[" + b"[]," * 20_000 + b"{}]"),
    Literal(b"{" + b",".join(b'"%d":null' % n for n in range(5_000)) + b"}"),
    Literal(b"{" + b'"a":1,' * 20_000 + b'"a":2}'),
]
PLAIN: list[Any] = [None, True, False, 0, -1, 1.5, [], [None], [[]], {}, {"a": None}, {"": ""}]
VALUES: list[Any] = [*PLAIN, *TEXTS, *DATES, *UIDS, *LITERALS]
NAMES = sorted({field for facts in COMMANDS.values() for field in facts["fields"]} | {"", "\0", "x", "__proto__"})
TYPES = [*COMMANDS, "TicketOpened", "openticket", "", "AutomatonCaller"]


def _held(value: Any) -> Any:
    if isinstance(value, dict):
        return Object((name, _held(inner)) for name, inner in value.items())
    return [_held(inner) for inner in value] if isinstance(value, list) else value


def written(value: Any) -> bytes:
    """Return the body as bytes."""
    if isinstance(value, Literal):
        return value
    if isinstance(value, Object):
        return b"{" + b",".join(json.dumps(name).encode() + b":" + written(inner) for name, inner in value) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(written, value)) + b"]"
    return json.dumps(value).encode()


def _objects(value: Any) -> Iterator[Object]:
    if isinstance(value, Object):
        if value:
            yield value
        for _, inner in value:
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


Change = Callable[[Object, int], None]


def _drop(target: Object, at: int) -> None:
    del target[at]


def _twice(target: Object, at: int) -> None:
    target.append(target[at])


def _wrapped(target: Object, at: int) -> None:
    target[at] = (target[at][0], [target[at][1]])


def _as_text(target: Object, at: int) -> None:
    target[at] = (target[at][0], written(target[at][1]).decode("utf-8", "replace"))


def _replaced(value: Any) -> Change:
    def change(target: Object, at: int) -> None:
        target[at] = (target[at][0], _held(value))

    return change


def _renamed(name: str) -> Change:
    def change(target: Object, at: int) -> None:
        target[at] = (name, target[at][1])

    return change


def _shadowed(value: Any) -> Change:
    def change(target: Object, at: int) -> None:
        target.insert(0, (target[at][0], _held(value)))

    return change


CHANGES: list[Change] = [
    *[_drop, _twice, _wrapped, _as_text] * 8,
    *(change(value) for change in (_replaced, _replaced, _shadowed) for value in VALUES),
    *(_renamed(name) for name in (*NAMES, *TYPES)),
]
TYPE_CHANGES: list[str | None] = [*[None] * 8 * len(TYPES), *TYPES]


def _changed(name: str, command_type: str | None, changes: list[tuple[Change, int]]) -> bytes:
    fresh = str(uuid.uuid5(uuid.NAMESPACE_OID, str(next(_numbers))))
    sent = placed(name, processUid=fresh, aggregateUid=None)
    root = _held(sent if command_type is None else sent | {"commandType": command_type})
    for change, spot in changes:
        objects = list(_objects(root))
        if objects:
            target = objects[spot % len(objects)]
            change(target, spot // len(objects) % len(target))
    return written(root)


Spoil = Callable[[bytes, int], bytes]
"""Changes of a body's bytes at a position."""

SPOILS: list[Spoil] = [
    lambda body, at: body[:at],
    lambda body, at: body[:at] + bytes([at % 256]) + body[at:],
    lambda body, at: body[:at] + body[at + 1 :],
    lambda body, at: body[:at] + b"\xc3\x28" + body[at:],
    lambda body, _at: b"\xef\xbb\xbf" + body,
    lambda body, _at: body[:65_536].decode("utf-8", "replace").encode("utf-16"),
    lambda body, _at: body[:65_536] * 2,
    lambda body, _at: b"[" + body + b"]",
]


def _as_it_is(body: bytes, _at: int) -> bytes:
    return body


def _nearly(
    name: str, command_type: str | None, changes: list[tuple[Change, int]], spoil: Spoil, at: int
) -> tuple[str, bytes]:
    body = _changed(name, command_type, changes)
    return name, spoil(body, at % (len(body) + 1))


NEARLY_A_COMMAND = st.builds(
    _nearly,
    st.sampled_from(sorted(COMMANDS)),
    st.sampled_from(TYPE_CHANGES),
    st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 255)), max_size=3),
    st.sampled_from([*[_as_it_is] * 8 * len(SPOILS), *SPOILS]),
    st.integers(0, 65_535),
)
"""Return a command's name and a body that may or may not be that command any more."""
