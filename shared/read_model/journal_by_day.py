"""The journal of a detail, put together by day from the stored entries, which `commentary_entry` begins.

The stored fields stand in the docstring of `shared.read_model`.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any


def commentary_entry(date: str) -> bytes:
    """Return the `entry` of a commentary of `date`, up to its message."""
    return b'{"eventName":"MessageAdded","date":"%b","data":{"message":' % date.encode()


def complete_entry(line: Mapping[str, Any]) -> bytes:
    """Return the complete entry of a journal document that has `entry`, and `message` if it is a commentary."""
    entry: bytes = line["entry"]
    return b"%b%b}}" % (entry, line["message"]) if "message" in line else entry


def detail(head: bytes, lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return a detail: `head` with the journal documents `lines`, in ascending order, as its `journal` by day."""
    days = [
        b'{"day":"%b","events":[%b]}' % (day.encode(), b",".join(map(complete_entry, of_day)))
        for day, of_day in groupby(lines, key=lambda line: line["day"])
    ]
    return b'%b,"journal":[%b]}' % (head[:-1], b",".join(days))
