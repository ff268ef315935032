"""How a failure is told in logs: what failed, why and where, without what people wrote, which exceptions quote."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

FRAMES = 20
"""Innermost lines of code that are told of; a recursion without end has a thousand."""
PROBLEMS = 5
"""What is wrong with a value is told up to this number: there may be as many problems as the value has items."""

QUOTING = (LookupError, TypeError, ValueError)
"""Failures of Python's own whose texts are mostly the value that was wrong."""


def told(failure: BaseException) -> str:
    """Say why, without what MongoDB, pydantic and Python quote: documents, and the values that are wrong."""
    if isinstance(failure, ValidationError):
        return _problems(failure)
    details: Mapping[str, Any] = getattr(failure, "details", None) or {}
    problems = (*details.get("writeErrors", ()), *details.get("writeConcernErrors", ()), details)
    if isinstance(failure, QUOTING) and type(failure).__module__ == "builtins":
        return type(failure).__name__
    messages = [_answer(problem) for problem in problems if "errmsg" in problem]
    return messages[0] if messages else str(failure)


def place_of(failure: BaseException) -> dict[str, Any]:
    """Give what kind of failure it is and where it came up: no word of it can be a person's."""
    where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(failure.__traceback__, -FRAMES)]
    return {"kind": type(failure).__name__, "where": where}


def facts_of(failure: BaseException) -> dict[str, Any]:
    """Give the facts of a log line that tells of `failure`: its `kind`, its `reason` and `where` it came up."""
    return {**place_of(failure), "reason": told(failure)}


def _answer(problem: Mapping[str, Any]) -> str:
    """Tell what MongoDB says, without the values that are there already."""
    return f"{problem['errmsg'].partition(' dup key:')[0]} (code {problem.get('code')})"


def _problems(wrong: ValidationError) -> str:
    """Tell places and pydantic's types of error; its messages quote values, and so do places inside free objects."""
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
