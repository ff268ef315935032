"""Descriptions of failures for logs: kind, reason and place. Exceptions may quote users; such texts are left out."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

FRAMES = 20
"""Innermost frames that a description names. An endless recursion has a thousand."""
PROBLEMS = 5
"""Most problems of one value that a description names. A value may have as many problems as items."""

QUOTING = (LookupError, TypeError, ValueError)
"""Python's own exceptions whose text often quotes the wrong value."""


def describe(failure: BaseException) -> str:
    """Return the reason of a failure, without the documents and values that MongoDB, pydantic and Python quote."""
    if isinstance(failure, ValidationError):
        return _problems(failure)
    details: Mapping[str, Any] = getattr(failure, "details", None) or {}
    problems = (*details.get("writeErrors", ()), *details.get("writeConcernErrors", ()), details)
    if isinstance(failure, QUOTING) and type(failure).__module__ == "builtins":
        return type(failure).__name__
    messages = [_answer(problem) for problem in problems if "errmsg" in problem]
    return messages[0] if messages else str(failure)


def place_of(failure: BaseException) -> dict[str, Any]:
    """Return the kind of a failure and `where` in the code it occurred. Neither contains what users wrote."""
    where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(failure.__traceback__, -FRAMES)]
    return {"kind": type(failure).__name__, "where": where}


def facts_of(failure: BaseException) -> dict[str, Any]:
    """Return the facts of a log line about `failure`: its `kind`, its `reason`, and `where` in the code it occurred."""
    return {**place_of(failure), "reason": describe(failure)}


def _answer(problem: Mapping[str, Any]) -> str:
    """Return MongoDB's message without the values of a duplicate key."""
    return f"{problem['errmsg'].partition(' dup key:')[0]} (code {problem.get('code')})"


def _problems(wrong: ValidationError) -> str:
    """Return the fields and pydantic's error types. Its messages quote values, and so do keys of free objects."""
    names = frozenset(_field_names(BaseModel))
    problems = wrong.errors(include_url=False, include_context=False, include_input=False)
    said = [_problem(problem, names) for problem in problems[:PROBLEMS]]
    return "; ".join([*said, *([f"{len(problems) - PROBLEMS} more"] if len(problems) > PROBLEMS else [])])


def _problem(problem: ErrorDetails, names: frozenset[str]) -> str:
    place = ".".join(str(step) for step in problem["loc"] if isinstance(step, int) or step in names)
    return f"{place or 'the value'}: {problem['type']}"


def _field_names(model: type[BaseModel]) -> Iterator[str]:
    yield from model.model_fields
    for narrower in model.__subclasses__():
        yield from _field_names(narrower)
