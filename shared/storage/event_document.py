"""The shape of a document of `events`, the event store: one document for each event. Pure."""

from datetime import datetime
from typing import Any

VERSION_DIGITS = 9
"""Most digits of the version in an event's id. A ticket's events have a few megabytes."""


def event_id(ticket: str, version: int) -> str:
    """Return `<ticket uid>:<version>`, the id of an event in the event store, the topic and the journal."""
    return f"{ticket}:{version}"


def read_event_id(text: str) -> tuple[str, int | None]:
    """Return the ticket and the version of an event's id.

    Any text can be read. The ticket is not checked. The version is None unless it has one to `VERSION_DIGITS` digits.
    """
    ticket, _, version = text.partition(":")
    is_version = version.isascii() and version.isdigit() and len(version) <= VERSION_DIGITS
    return ticket, int(version) if is_version else None


def event_document(
    *,
    ticket: str,
    version: int,
    process: str,
    event_type: str,
    received: datetime,
    body: bytes,
    traceparent: str | None = None,
    user: str | None = None,
    attempt: bytes | None = None,
) -> dict[str, Any]:
    """Return the document of the ticket's event number `version`.

    `process`: the processUid of its command. `body`: the event's JSON, as it is answered and published. `traceparent`:
    continues the trace of the command. `user`: uid of the user who sent the command. `attempt`: names this append.
    """
    return {
        "_id": event_id(ticket, version),
        "ticket": ticket,
        "version": version,
        "processUid": process,
        "type": event_type,
        "sentDate": received,
        "body": body,
        "traceparent": traceparent,
        "user": user,
        "attempt": attempt,
    }
