"""The messages of an event stream, as browsers read them (HTML Living Standard, 9.2: Server-sent events).

A message is a unit of an id and events. Its JSON has no line breaks, so it is one line of data.
"""

from collections.abc import Iterable
from datetime import datetime

from shared.clock import wire

RETRY_MS = 1_000
"""Milliseconds after which a browser connects again when its stream has ended."""


def opening(until: datetime) -> bytes:
    """Return the first lines of a stream that begins behind `until`."""
    return b"retry: %d\n%b\n" % (RETRY_MS, _id(until))


def message(events: Iterable[bytes], until: datetime | None) -> bytes:
    """Return a message with the JSON of `events`. Its id is `until`, behind which a client goes on.

    Without `until`, more events of the same instant are in the next message: a client goes on from the last id.
    """
    return b"%bdata: [%b]\n\n" % (_id(until), b",".join(events))


def still_there(until: datetime | None) -> bytes:
    """Return a comment that keeps the connection open, and the id `until` for the client's next request.

    Browsers report neither of them to the page.
    """
    return b":\n%b\n" % _id(until)


def _id(until: datetime | None) -> bytes:
    return b"id: %b\n" % wire(until).encode() if until else b""
