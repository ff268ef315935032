"""Finds the line of a log that says why a program ended."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = 300
"""Characters quoted at most."""

BREAKS_OFF = "its log breaks off, as on a full disk"
"""The reason given for an incomplete line of JSON, when no other line gives one."""

_COMPLAINT = re.compile(
    r"error|exception|fatal|can ?not|denied|refused|no such|no space|in use|invalid|missing", re.IGNORECASE
)
_GROUP_MARGIN = re.compile(r"^\s+\| ")
"""Prefix of each line in the traceback of an exception group."""
_SEVERE = {"E", "F", "error", "critical", "fatal"}


_CONSEQUENCES = {"ASSERT"}
"""Components of mongod that log how it ends, but not why."""
_BURST = timedelta(seconds=5)
"""mongod's first complaint within this time before the last one is the cause."""
_MARKS = re.compile(r"^(\[[^\]]*\])+, |\[WT_VERB\w*\]\[\w+\]: ")
"""Times, threads and severities that WiredTiger writes before and inside a message."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    is_complaint: bool
    written: datetime | None = None
    """The time of a line of mongod; None for other programs, where it is not needed."""


def end_reason(log: str) -> str:
    """Return the line of `log` that says why its program ended, else the last line; at most `LONGEST` characters.

    This is the last complaint, except for mongod, which logs the cause first and its consequences afterwards. Reads
    plain text, stack traces of Java and Python, and the JSON lines of mongod and of Ticketstream's services.
    """
    said = (_GROUP_MARGIN.sub("", line) for line in log.splitlines())
    lines = [_read(line) for line in said if line.strip() and not line[0].isspace()]
    complaints = [line for line in lines if line.is_complaint]
    reason = _first_of_burst(complaints) if complaints else lines[-1].text if lines else "it logged nothing"
    return reason[:LONGEST]


def _first_of_burst(complaints: Sequence[_Line]) -> str:
    last = complaints[-1]
    return next(
        line.text
        for line in complaints
        if line is last or (last.written and line.written and line.written >= last.written - _BURST)
    )


def _read(line: str) -> _Line:
    try:
        entry = json.loads(line)
    except ValueError:
        if line.startswith('{"'):
            return _Line(BREAKS_OFF, is_complaint=False)
        entry = None
    if not isinstance(entry, dict):
        return _Line(line.removeprefix("Caused by: "), bool(_COMPLAINT.search(line)))
    severity = entry.get("s") or entry.get("level")
    text = str(entry.get("msg") or entry.get("event") or line).strip()
    is_complaint = severity in _SEVERE and entry.get("c") not in _CONSEQUENCES
    return _Line(": ".join([text, *_details(entry)]), is_complaint, _written(entry))


def _written(entry: dict[str, object]) -> datetime | None:
    time = entry.get("t")
    try:
        return datetime.fromisoformat(time["$date"]) if isinstance(time, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def _details(entry: dict[str, object]) -> list[str]:
    attributes = entry.get("attr")
    facts = attributes if isinstance(attributes, dict) else entry
    error = next((facts[name] for name in ("message", "reason", "error") if facts.get(name)), None)
    if isinstance(error, dict):
        error = ": ".join(str(error[name]) for name in ("errmsg", "msg", "error_str") if error.get(name))
    return [end_reason(_MARKS.sub("", str(error)))] if error else []
