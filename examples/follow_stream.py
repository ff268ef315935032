"""Follow Ticketstream's stream of events: print every event when it comes, and store it once, in an SQLite table.

    TOKEN_FILE=token.txt python follow_stream.py https://tickets.example.com events.sqlite

`ticketstream users token` makes the token, which may also be in the variable TOKEN. A third argument is the date and
time to begin at, seven days ago at most; without it the first run begins now. Later runs go on where the last one
ended. No event is missed or stored twice, even if this program is killed or the server is away, for seven days at most.
It needs only Python.
"""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

SILENT_FOR = 30.0
"""Seconds without a byte after which the connection is lost. The server sends a comment every 15 seconds."""
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until the next connection. They double with each one that brings nothing."""


def main(url: str, file: str, start: str = "") -> None:
    """Follow the stream until the program is stopped; raises `HTTPError` for a refusal that a retry would not change.

    One such refusal is 401: the token is wrong, has ended or is revoked.
    """
    kept = sqlite3.connect(file)
    with kept:
        kept.execute("CREATE TABLE IF NOT EXISTS events (process_uid TEXT PRIMARY KEY, event TEXT NOT NULL)")
        kept.execute("CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY, last_id TEXT NOT NULL)")
    token = os.environ.get("TOKEN") or Path(os.environ["TOKEN_FILE"]).read_text().strip()
    growing = SHORTEST_PAUSE
    while True:
        pause, growing = growing, min(2 * growing, LONGEST_PAUSE)
        try:
            with connected(url, token, last_id(kept), start) as stream:
                for last, data in messages(stream):
                    take(kept, last, data)
                    pause = growing = SHORTEST_PAUSE
        except HTTPError as refusal:
            if refusal.code < HTTPStatus.INTERNAL_SERVER_ERROR and "Retry-After" not in refusal.headers:
                raise
            pause = max(pause, float(refusal.headers.get("Retry-After", pause)))
        except (OSError, HTTPException) as failure:
            print(f"{url} does not answer now: {failure!r}", file=sys.stderr)
        time.sleep(pause)


def connected(url: str, token: str, last: str | None, start: str) -> HTTPResponse:
    """Connect to the stream behind the id `last`, or from `start` on if there is none, or from now on."""
    query = f"?{urlencode({'from': start})}" if start and last is None else ""
    asked = Request(f"{url}/api/vEvent/tickets/stream{query}")  # noqa: S310 - our own url
    asked.add_unredirected_header("Authorization", f"Bearer {token}")  # no other server gets the token
    if last is not None:
        asked.add_header("Last-Event-ID", last)
    answer: HTTPResponse = urlopen(asked, timeout=SILENT_FOR)  # noqa: S310 - our own url
    return answer


def messages(stream: HTTPResponse) -> Iterator[tuple[str | None, str]]:
    """Yield the id and the data of each message, when it is whole. Either may be missing: None, or empty."""
    last, data = None, ""
    for line in stream:
        name, _, value = line.decode().rstrip("\r\n").partition(": ")
        if name == "id":
            last = value
        elif name == "data":
            data = value  # the server sends it on one line
        elif not line.strip():  # an empty line ends a message; other lines, such as comments, mean nothing here
            yield last, data
            last, data = None, ""


def take(kept: sqlite3.Connection, last: str | None, data: str) -> None:
    """Store the events of a message and its id in one transaction.

    A message without an id has some of the events of one instant. If the connection breaks before the next id, they
    come again. `processUid` identifies them.
    """
    new = []
    with kept:
        for event in json.loads(data or "[]"):
            row = (event["processUid"], json.dumps(event))
            if kept.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", row).rowcount:
                new.append(event)
        if last is not None:
            kept.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (last,))
    for event in new:
        print(event["eventType"], event["processUid"], flush=True)


def last_id(kept: sqlite3.Connection) -> str | None:
    """Return the id to go on behind; None before the first one."""
    row = kept.execute("SELECT last_id FROM place").fetchone()
    return row[0] if row else None


if __name__ == "__main__":
    main(*sys.argv[1:])
