"""The log of a service."""

import json
from typing import Any


def has_failure(log: str) -> bool:
    """Return whether the log holds an unexpected exception: each is logged with its place in the code."""
    return '"where":[' in log or "Traceback" in log


def events_in(log: str) -> list[dict[str, Any]]:
    """Return the complete lines of a log, parsed."""
    return [json.loads(line) for line in log.splitlines() if line.startswith("{") and line.endswith("}")]
