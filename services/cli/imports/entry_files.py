"""Import files in general: read as JSON and checked completely, so that all faults are reported together."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.contract.scalars import uid
from shared.explained_error import ExplainedError

MEBIBYTES = 64
"""Largest file. A directory of 100,000 entries has about 20 MiB; a parsed file takes many times its size in memory."""
MOST_FAULTS = 100
"""Number of faults of a file that are reported; further faults are only counted."""
LONGEST = 100
"""Characters of a text from a file that are shown; a text in a file may have any length."""

Fate = Literal["added", "changed", "removed", "unchanged", "not there"]
"""What an import does with an entry. "not there": the entry to remove does not exist."""
CHANGES: frozenset[Fate] = frozenset({"added", "changed", "removed"})
Model = TypeVar("Model", bound=BaseModel)


class BadEntryError(ExplainedError):
    """Entries cannot be imported; the text has a line for each fault, with the entry's place."""


class Faults:
    """Collects the faults of a file, in bounded memory."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._count = 0

    def add(self, *steps: str) -> None:
        """Add a fault: the steps that lead to its place, then a sentence of this program. Empty steps are left out."""
        self._count += 1
        if self._count <= MOST_FAULTS:
            *place, wrong = steps
            self._lines.append(": ".join([*map(shown, filter(None, place)), wrong]))

    def add_problems(self, where: str, problems: Iterable[ErrorDetails]) -> None:
        """Add the problems that a model found in the entry at `where`."""
        for problem in problems:
            self.add(where, ".".join(map(str, problem["loc"])), f"{_message(problem)}.")

    def count(self, more: int) -> None:
        """Count `more` faults that are not reported one by one."""
        self._count += more

    def check(self) -> None:
        """Raise `BadEntryError` when there is any fault."""
        if self._count:
            raise self.error()

    def error(self) -> BadEntryError:
        """Return the error that reports the faults."""
        more = self._count - len(self._lines)
        return BadEntryError("\n".join([*self._lines, f"… and {more:,} more."] if more else self._lines))


class _Repeats:
    """Finds keys that occur more than once in one JSON object, because the parser silently keeps only the last one.

    Keeps `MOST_FAULTS` such objects with all their pairs, and counts the repeated keys of the others.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[dict[str, Any], list[tuple[str, Any]]]] = {}
        self._more = 0

    def read(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Return an object that the parser has read, and note its repeated keys."""
        fields = dict(pairs)
        if len(fields) < len(pairs):
            if len(self._kept) < MOST_FAULTS:
                self._kept[id(fields)] = fields, pairs
            else:
                self._more += len(_repeated(pairs))
        return fields

    def add_to(self, faults: Faults, root: str, value: object) -> None:
        """Add each repeated key to `faults`, with the place of its object in `value`; `root` is the name of `value`."""
        placed = list(self._placed(root, value))
        for where, pairs in [*placed, *(("", pairs) for _, pairs in self._kept.values())]:
            for key, times in _repeated(pairs).items():
                faults.add(where, key, f"occurs {times} times in one object.")
        faults.count(self._more)

    def _placed(self, root: str, value: object) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
        """Yield the kept objects with their places, in the order of the file; memory grows with the depth only."""
        inside = [iter([(root, value)])]
        while inside and self._kept:
            try:
                where, each = next(inside[-1])
            except StopIteration:
                inside.pop()
                continue
            if isinstance(each, list):
                inside.append(_items(where, each))
            elif isinstance(each, dict):
                _, pairs = self._kept.pop(id(each), (each, None))
                inside.append(_values(where, pairs or each.items()))
                if pairs:
                    yield where, pairs


def _repeated(pairs: Iterable[tuple[str, Any]]) -> dict[str, int]:
    return {key: times for key, times in Counter(key for key, _ in pairs).items() if times > 1}


def _items(where: str, values: list[Any]) -> Iterator[tuple[str, Any]]:
    return ((_place(where, f"[{at}]"), each) for at, each in enumerate(values) if isinstance(each, dict | list))


def _values(where: str, pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    return (
        (_place(where, f".{shown(key)}" if where else shown(key)), each)
        for key, each in pairs
        if isinstance(each, dict | list)
    )


def _place(where: str, step: str) -> str:
    """Return the place one step inside `where`; a place longer than `LONGEST` does not grow further."""
    return where if len(where) > LONGEST else where + step


def read_file(file: BinaryIO) -> bytes:
    """Return the content of a file; raises `BadEntryError` when it is larger than `MEBIBYTES`."""
    content = file.read(MEBIBYTES * 2**20 + 1)
    if len(content) > MEBIBYTES * 2**20:
        raise BadEntryError(f"The file has more than {MEBIBYTES} MiB; import its entries from several files.")
    return content


def read_json(content: bytes, what: str, faults: Faults, *, root: str = "") -> Any:
    """Return the value of a JSON file in UTF-8; raises `BadEntryError` when the content is not JSON.

    A repeated key in one object is added to `faults`; `root` names the value in their places.
    """
    repeats = _Repeats()

    def no_number(text: str) -> None:
        raise _NoNumberError(f"{text} is not a number")

    try:
        value = json.loads(content.decode(), object_pairs_hook=repeats.read, parse_constant=no_number)
    except (ValueError, RecursionError) as wrong:
        raise BadEntryError(f"The {what} file is not JSON: {_unreadable(wrong)}.") from wrong
    repeats.add_to(faults, root, value)
    return value


class _NoNumberError(ValueError):
    """A word of JavaScript stands where JSON has a number. The text says which."""


def _unreadable(wrong: Exception) -> str:
    match wrong:
        case json.JSONDecodeError():
            return f"it cannot be read from line {wrong.lineno}, column {wrong.colno} on"
        case UnicodeDecodeError():
            return f"its byte {wrong.start:,} is not UTF-8"
        case _NoNumberError():
            return str(wrong)
        case RecursionError():
            return "its lists and objects are nested too deeply"
        case _:
            return "a number has too many digits"


def read_entry(model: type[Model], where: str, fields: object, faults: Faults) -> Model | None:
    """Return one entry, or None when it is wrong; its problems are added to `faults`."""
    try:
        return model.model_validate(fields)
    except ValidationError as wrong:
        faults.add_problems(where, wrong.errors(include_url=False, include_input=False))
        return None


def read_removal(model: type[BaseModel], key: str, where: str, fields: Mapping[str, Any], faults: Faults) -> str | None:
    """Return the `key` of an entry to remove, or None when the entry is wrong; its problems are added to `faults`.

    The entry must have `key`, may have a valid uid, and may have no keys that `model` does not know. The values of its
    other fields are not checked.
    """
    counted = {(), (key,)} if fields.get("uid") is None else {(), (key,), ("uid",)}
    try:
        model.model_validate(fields)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_input=False)
        problems = [each for each in found if each["type"] == "extra_forbidden" or each["loc"][:1] in counted]
        faults.add_problems(where, problems)
        if problems:
            return None
    named: str = fields[key]
    return named


def uid_of(fields: Mapping[str, Any]) -> str | None:
    """Return the uid of an unchecked entry in lower case, or None when it has no valid uid."""
    return readable_uid(fields.get("uid"))


def readable_uid(value: object) -> str | None:
    """Return `value` in lower case when it is a uid, else None."""
    try:
        return uid(value) if isinstance(value, str) else None
    except ValueError:
        return None


def refusal(where: str, wrong: ValidationError) -> BadEntryError:
    """Return the error that reports what is wrong with the value named `where`."""
    faults = Faults()
    faults.add_problems(where, wrong.errors(include_url=False, include_input=False))
    return faults.error()


def shown(text: str) -> str:
    """Return `text` as one short line without control characters, for messages that quote files and arguments."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in short)


_MESSAGES = {
    "missing": "is missing",
    "string_pattern_mismatch": "must be a uid, hexadecimal digits 8-4-4-4-12",
    "extra_forbidden": "is not a known key",
    "string_type": "must be a text",
    "string_unicode": "must be a text in Unicode",
    "string_too_short": "must have at least {min_length} character{plural}",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} item{plural}",
    "too_long": "must have at most {max_length} items",
    "literal_error": "must be {expected}",
    "tuple_type": "must be a list",
    "model_type": "must be an object",
    "bool_type": "must be true or false",
    "value_error": "{error}",
}
"""Messages by pydantic's type of problem, with its details. Its own messages have words that a file does not have."""


def _message(problem: ErrorDetails) -> str:
    details = problem.get("ctx", {})
    if problem["type"] == "literal_error" and details.get("expected") == "False":
        return _MESSAGES["bool_type"]
    plural = "" if details.get("min_length") == 1 else "s"
    return _MESSAGES.get(problem["type"], "is not valid").format(**details, plural=plural)
