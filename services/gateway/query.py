"""Reading a query string by the contract's rules (contract README, 7, 73, 74, 84 and 85)."""

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote_to_bytes

LONGEST = 65_536
"""Largest query string in bytes; it bounds the number and the length of the values."""

_BROKEN = re.compile(rb"%(?![0-9a-fA-F]{2})")

Value = TypeVar("Value")


class BadParameterError(ValueError):
    """A query that can not be read; its text is a sentence that names the parameter, never its value."""


class Query:
    """The parameters of one request, by decoded name."""

    def __init__(self, raw: bytes, *, ignored: frozenset[str] = frozenset()) -> None:
        """Split `raw`; the values of the parameters in `ignored` are not looked at.

        Raises `BadParameterError` for broken percent-encoding or bytes that are not UTF-8 anywhere else.
        """
        if len(raw) > LONGEST:
            raise BadParameterError(f"The query is longer than {LONGEST} bytes.")
        self._given: dict[str, list[list[str]]] = {}
        for pair in raw.split(b"&"):
            sent_name, _, sent_value = pair.partition(b"=")
            name = _decode("The query", sent_name)
            if name not in ignored:
                items = [_decode(f"Parameter {name}", item).strip() for item in sent_value.split(b",")]
                self._given.setdefault(name, []).append(items)

    def many(self, name: str) -> tuple[str, ...]:
        """Give all values of a parameter that takes several, from all its repetitions; empty ones are left out."""
        return tuple(item for items in self._given.get(name, ()) for item in items if item)

    def one(self, name: str) -> str | None:
        """Give the value of a parameter that takes one; None when it is absent or empty.

        Raises `BadParameterError` when it is given twice.
        """
        values = [value for value in map(",".join, self._given.get(name, ())) if value]
        if len(values) > 1:
            raise BadParameterError(f"Parameter {name} is given more than once.")
        return values[0] if values else None


def checked(name: str, check: Callable[[str], Value], value: str) -> Value:
    """Give `check(value)`; raises `BadParameterError` with the reason of its `ValueError`, which reads "must be …"."""
    try:
        return check(value)
    except ValueError as reason:
        raise BadParameterError(f"Parameter {name} {reason}.") from None


def _decode(where: str, sent: bytes) -> str:
    if _BROKEN.search(sent):
        raise BadParameterError(f"{where} has a percent sign without two hexadecimal digits; the sign itself is %25.")
    try:
        return unquote_to_bytes(sent.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise BadParameterError(f"{where} is not UTF-8.") from None
