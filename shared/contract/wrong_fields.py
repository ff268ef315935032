"""The refusal of a body in words: every missing or wrong field with its path, in one line.

A text names fields, and never shows a value or a key of the client: both may be personal data. It is made after the
refusal, so a body that is accepted does not pay for it. Its length depends on the contract's types alone, because a map
or an array is refused for its first wrong entry (decision 0016).
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.contract.record import Record
from shared.contract.type_names import CommandType

MOST = 20
"""Most problems that a text names. It says how many more there are."""
LONGEST_NAME = 64
"""Most letters of an unknown name for which the nearest known one is looked for."""

_COMMANDS: Sequence[str] = get_args(CommandType)
_NEVER_LISTED = "eventType"
"""The tag whose known values are not listed: an unknown event is of a later release, and not a slip of a person."""
_EXPECTATIONS = {
    "missing": "is missing",
    "string_type": "must be a string",
    "string_pattern_mismatch": "must be a uid (hexadecimal digits, 8-4-4-4-12)",
    "string_too_short": "must have at least {min_length} letters",
    "string_too_long": "may have {max_length} letters",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "union_tag_not_found": "is missing",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}
"""What a field must be, by pydantic's type of problem. The words in braces are facts of the contract's types."""


class _Names(NamedTuple):
    fields: frozenset[str]
    maps: frozenset[str]
    """Fields whose keys the client chooses."""


class Explanation(NamedTuple):
    """What is wrong with a body: one clause, or several separated by semicolons."""

    text: str
    field: str
    """The path of the first wrong field. It is empty when the body as a whole is wrong."""


def explain(refusal: ValidationError) -> Explanation:
    """Return what is wrong with a body that pydantic refused."""
    problems = refusal.errors(include_url=False)
    if problems[0]["type"] == "json_invalid":
        return Explanation(f"the body is not valid JSON: {problems[0]['ctx']['error']}", "")
    field = _field(problems[0])
    if elsewhere := next(filter(None, map(_elsewhere, problems)), None):
        return Explanation(elsewhere, field)
    more = [f"and {len(problems) - MOST} more"] if len(problems) > MOST else []
    return Explanation("; ".join([*map(_clause, problems[:MOST]), *more]), field)


def _elsewhere(problem: ErrorDetails) -> str | None:
    """Return where the command belongs that was sent to the other write endpoint; its fields are not of interest."""
    command = _wrong_command(problem)
    if command not in _COMMANDS:
        return None
    if command == "OpenTicket":
        return "OpenTicket is sent with POST to /api/vEvent/tickets"
    return f"{command} is sent with PATCH to /api/vEvent/tickets/<uid of the ticket>"


def _wrong_command(problem: ErrorDetails) -> Any:
    """Return the `commandType` that was refused, or None if the problem is another one."""
    if problem["type"] == "union_tag_invalid":
        return problem["input"].get("commandType") if _tag_name(problem) == "commandType" else None
    return problem["input"] if problem["type"] == "literal_error" and problem["loc"] == ("commandType",) else None


def _clause(problem: ErrorDetails) -> str:
    return f"{_field(problem) or 'the body'} {_expectation(problem)}"


def _field(problem: ErrorDetails) -> str:
    path = _path(problem["loc"])
    return f"{path}.{_tag_name(problem)}".lstrip(".") if problem["type"].startswith("union_tag") else path


def _path(steps: Sequence[str | int]) -> str:
    """Return the path of a field as `ticket.address.city`; an item is `[3]`, and every key of a map is `*`."""
    names = _names()
    path, in_map = "", False
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif in_map:
            path += ".*"
        elif step in names.fields:
            path += f".{step}"
        in_map = not in_map and step in names.maps
    return path.lstrip(".")


@cache
def _names() -> _Names:
    """Return the names of the contract. Other steps of pydantic's paths are tags of unions, and keys of maps."""
    fields = [field for record in Record.__subclasses__() for field in record.model_fields.items()]
    return _Names(
        frozenset(name for name, _ in fields),
        frozenset(name for name, field in fields if get_origin(field.annotation) is dict),
    )


def _expectation(problem: ErrorDetails) -> str:
    kind, value = problem["type"], problem["input"]
    if kind == "union_tag_invalid":
        known = (
            _COMMANDS if _tag_name(problem) == "commandType" else re.findall(r"\w+", problem["ctx"]["expected_tags"])
        )
        return _unknown_tag(_tag_name(problem), value.get(_tag_name(problem)), known)
    if value is None and not any(isinstance(step, int) for step in problem["loc"][-1:]):
        return "is missing"
    if kind == "literal_error" and problem["loc"] == ("commandType",):
        return _unknown_tag("commandType", value, _COMMANDS)
    if kind == "caller_type":
        return problem["msg"]
    return _EXPECTATIONS.get(kind, "has the wrong form").format_map(problem.get("ctx", {}))


def _tag_name(problem: ErrorDetails) -> str:
    name: str = problem["ctx"]["discriminator"].strip("'")
    return name


def _unknown_tag(name: str, tag: object, known: Sequence[str]) -> str:
    if tag is None:
        return "is missing"
    if not isinstance(tag, str):
        return "must be a string"
    if name == _NEVER_LISTED:
        return "is not one that the contract knows"
    nearest = get_close_matches(tag, known, n=1) if len(tag) <= LONGEST_NAME else []
    hint = f"nearest: {nearest[0]}; " if nearest else ""
    return f"is not one that the contract knows ({hint}known: {', '.join(known)})"
