"""Finding the line of a log that tells why a program ended."""

import json
import re

LONGEST = 300
"""Characters quoted at most."""

_COMPLAINT = re.compile(
    r"error|exception|fatal|can ?not|denied|refused|no such|no space|in use|invalid|missing", re.IGNORECASE
)
_GROUP_MARGIN = re.compile(r"^\s+\| ")
"""What stands before each line of the traceback of an exception group."""
_SEVERE = {"E", "F", "error", "critical", "fatal"}


def last_words(log: str) -> str:
    """Tell the last complaint of `log`, else its last line, in at most `LONGEST` characters.

    Reads plain text, Java's and Python's stack traces, mongod's JSON lines and our own services'.
    """
    said = (_GROUP_MARGIN.sub("", line) for line in log.splitlines())
    lines = [_read(line) for line in said if line.strip() and not line[0].isspace()]
    complaints = [text for is_complaint, text in lines if is_complaint]
    words = complaints or [text for _, text in lines] or ["it said nothing"]
    return words[-1][:LONGEST]


def _read(line: str) -> tuple[bool, str]:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return bool(_COMPLAINT.search(line)), line.removeprefix("Caused by: ")
    severity = entry.get("s") or entry.get("level")
    text = str(entry.get("msg") or entry.get("event") or line)
    return severity in _SEVERE, ": ".join([text, *_details(entry)])


def _details(entry: dict[str, object]) -> list[str]:
    attributes = entry.get("attr")
    error = attributes.get("error") if isinstance(attributes, dict) else entry.get("reason") or entry.get("error")
    if isinstance(error, dict):
        error = error.get("errmsg")
    return [last_words(str(error))] if error else []
