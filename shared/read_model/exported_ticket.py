"""A ticket of the export, put together from its stored bytes and those of its commentaries.

The stored fields stand in the docstring of `shared.read_model`.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def commentary_export(date: str) -> bytes:
    """Return the `commentary` field of a commentary of `date`: its part of the export, up to its message."""
    return b'{"date":"%b","message":' % date.encode()


def exported_commentary(line: Mapping[str, Any]) -> bytes:
    """Return the complete commentary of the export of a journal document that has `commentary` and `message`."""
    return b"%b%b}" % (line["commentary"], line["message"])


def exported_ticket(export: bytes, commentaries: Sequence[bytes]) -> bytes:
    """Return an exported ticket: `export` with complete commentaries in ascending order."""
    return b'%b,"freeCommentaries":[%b]}' % (export[:-1], b",".join(commentaries))
