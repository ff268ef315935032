"""A mark for all free texts, so that a test can search for it where personal texts are forbidden."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.contract.shapes import COMMANDS, MODELS

MARK = "Qzx"
"""The mark: put into every text that a person could have written."""
TAGS = {
    *COMMANDS,
    *(value for entry in MODELS.values() for value in entry.get("values", ())),
    *(variant for entry in MODELS.values() for variant in entry.get("variants", ())),
}
UID_OR_DATE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d.*")


def marked(value: Any) -> Any:
    """Put the mark into every free text: every string that is no tag, no uid and no date."""
    if isinstance(value, dict):
        return {name: marked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner) for inner in value]
    free = isinstance(value, str) and value not in TAGS and not UID_OR_DATE.fullmatch(value)
    return f"{MARK} {value}" if free else value


def misshapen(sent: dict[str, Any]) -> Iterator[bytes]:
    """Return marked commands that are refused: one per field with a wrong shape, and a few as a whole."""
    for field in sent:
        yield json.dumps(sent | {field: {MARK: [MARK]}}).encode()
        yield json.dumps(sent | {field: f"{MARK} 2016"}).encode()
    whole = json.dumps(sent).encode()
    yield whole[:-1]
    yield whole.replace(MARK.encode(), MARK.encode() + b"\xff", 1)
    yield json.dumps({MARK: sent}).encode()
