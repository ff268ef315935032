"""Follow Ticketstream's event feed and store every event once, in an SQLite table.

    PASSWORD=… python poll_feed.py https://tickets.example.com demo events.sqlite 2026-11-25T00:00:00Z

The first run begins at the given date; later runs continue where the last one ended. No event is missed or stored
twice, even if this program is killed, the server is away or the session ends. It needs only Python.
"""

import json
import os
import sqlite3
import sys
import time
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPException
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

PAUSE = 1.0
"""Seconds between two polls."""
ANSWERED_WITHIN = 30.0
"""Timeout in seconds. The feed delays its answer for some seconds, until no more events can come into the window."""
SPAN = timedelta(hours=1)
"""Length of one window. The server replaces an end in the future with its own time, so this machine's clock does not
matter."""
PAGE = 100


def main(url: str, login: str, file: str, start: str) -> None:
    """Poll until the program is stopped; raises `HTTPError` for a refusal that a retry would not change."""
    kept = sqlite3.connect(file)
    with kept:
        kept.execute("CREATE TABLE IF NOT EXISTS events (process_uid TEXT PRIMARY KEY, event TEXT NOT NULL)")
        kept.execute("CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY, next TEXT NOT NULL)")
        kept.execute("INSERT OR IGNORE INTO place VALUES (1, ?)", (start,))
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    is_logged_in = False
    while True:
        pause = PAUSE
        try:
            if not is_logged_in:
                log_in(browser, url, login, os.environ["PASSWORD"])
                is_logged_in = True
            if not take_window(browser, url, kept):
                pause = 0
        except HTTPError as refusal:
            if refusal.code == HTTPStatus.UNAUTHORIZED:
                is_logged_in = False
            elif refusal.code < HTTPStatus.INTERNAL_SERVER_ERROR and "Retry-After" not in refusal.headers:
                raise
            pause = float(refusal.headers.get("Retry-After", PAUSE))
        except (OSError, HTTPException) as failure:
            print(f"{url} does not answer now: {failure}", file=sys.stderr)
        time.sleep(pause)


def log_in(browser: OpenerDirector, url: str, login: str, password: str) -> None:
    """Open a session; `browser` keeps its cookie."""
    body = json.dumps({"login": login, "password": password}).encode()
    asked = Request(f"{url}/api/v1/login", body, {"Content-Type": "application/json"})  # noqa: S310 - our own url
    browser.open(asked, timeout=ANSWERED_WITHIN).close()


def take_window(browser: OpenerDirector, url: str, kept: sqlite3.Connection) -> bool:
    """Store the events of the next window and its end in one transaction.

    Returns whether these are all events up to now.
    """
    with kept:
        known = kept.total_changes
        (first,) = kept.execute("SELECT next FROM place").fetchone()
        wanted = last = (datetime.fromisoformat(first) + SPAN).isoformat(timespec="milliseconds")
        got, count = 0, 1
        while got < count:
            query = urlencode({"from": first, "to": last, "range": f"{got}-{got + PAGE - 1}"})
            with browser.open(f"{url}/api/vEvent/tickets?{query}", timeout=ANSWERED_WITHIN) as answer:
                events = json.load(answer)["events"]
                last = answer.headers["Feed-Until"]  # so that the next pages are of the same window
                before, count = count, int(answer.headers["Content-Range"].rpartition("/")[2])
            # Late events and events at a window's end come twice; `processUid` identifies them.
            rows = [(event["processUid"], json.dumps(event)) for event in events]
            kept.executemany("INSERT OR IGNORE INTO events VALUES (?, ?)", rows)
            # When a ticket leaves the user's scope, later events move to earlier pages: read the window again.
            got = 0 if got and count < before else got + len(events)
        new = kept.total_changes - known
        kept.execute("UPDATE place SET next = ?", (last,))
    if new:
        print(f"{new} new events up to {last}", flush=True)
    return datetime.fromisoformat(last) < datetime.fromisoformat(wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
