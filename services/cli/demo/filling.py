"""Fills a platform with the demonstration's tickets: commands over HTTP through the gateway, many at a time.

What the platform has accepted before is not sent again. So filling can be stopped and started again, and a platform
that has all tickets stays as it is.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from ssl import SSLContext
from typing import Any

import orjson
from rich.console import Console

from services.cli.demo.client import Answer, Client
from services.cli.demo.demo_error import DemoError
from services.cli.demo.lives import Life, Lives, ticket_uid
from services.cli.demo.opening import DAYS
from services.cli.demo.setup import Account, demo_entries
from services.cli.exit_status import explained
from services.cli.progress_bar import counted
from shared.clock import instant, utc_now
from shared.contract import TicketEventError
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from shared.storage.event_document import event_id

CONNECTIONS = 64
ASKED_TOGETHER = 500
"""Tickets whose accepted commands are read with one query."""
SENT_AGAIN, AGAIN_SECONDS = 60, 0.5
"""How often a command is sent again while the platform has no room for it, and the seconds between."""


async def fill_in(
    engines: EngineSettings,
    url: str,
    operator: Account,
    *,
    tickets: int,
    console: Console,
    trusted: SSLContext | None = None,
) -> None:
    """Fill the platform at `url` with `tickets` tickets and show how far that is; one that has them stays as it is.

    `operator` sees everything. `trusted` checks the platform's certificate if this machine does not trust it by itself.
    Raises `DemoError` or `EngineError`.
    """
    with explained(engines), counted(console, "filling in tickets") as show:
        async with connected(engines.mongo) as mongo, Client(url, trusted=trusted) as client:
            await client.log_in(operator.login, operator.password)
            sent = await fill(client, database(mongo, engines.database), tickets, show)
    if sent:
        console.print(f"{tickets:,} tickets are filled in ({sent:,} commands)")


async def fill(client: Client, db: Database, tickets: int, show: Callable[[int, int], None]) -> int:
    """Send the commands of the first `tickets` tickets that the platform lacks, and return their number.

    `client` is logged in as an operator who sees everything. `show` is called with the tickets done and their total.
    Raises `DemoError` or `PyMongoError`.
    """
    sent = done = 0
    accepted = await _accepted(db, tickets)
    lives = _lives(Lives(demo_entries(), await _as_of(db)), tickets, accepted)

    async def send_some() -> None:
        nonlocal sent, done
        for life in lives:
            for command in life.commands:
                await _send(client, life.ticket, command)
            sent += len(life.commands)
            done += 1
            show(done, tickets)

    senders = [asyncio.create_task(send_some()) for _ in range(CONNECTIONS)]
    try:
        await asyncio.gather(*senders)
    finally:
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
    return sent


def _lives(lives: Lives, tickets: int, accepted: Collection[str]) -> Iterator[Life]:
    """Yield the lives of all tickets without the commands that are accepted."""
    for number in range(tickets):
        life = lives.life(number)
        yield Life(life.ticket, [each for each in life.commands if each["processUid"] not in accepted])


async def _accepted(db: Database, tickets: int) -> set[str]:
    """Return the processUids of all accepted commands of the tickets."""
    uids = [ticket_uid(number) for number in range(tickets)]
    found: set[str] = set()
    for start in range(0, tickets, ASKED_TOGETHER):
        asked = {"ticket": {"$in": uids[start : start + ASKED_TOGETHER]}}
        events = await db.events.find(asked, {"_id": 0, "processUid": 1}).to_list(None)
        found.update(event["processUid"] for event in events)
    return found


async def _as_of(db: Database) -> datetime:
    """Return the moment when filling began first, which ticket 0 tells; now, if there is no such ticket."""
    opening = await db.events.find_one({"_id": event_id(ticket_uid(0), 1)}, {"body": 1})
    if opening is None:
        return utc_now()
    return instant(orjson.loads(opening["body"])["openedDate"]) + timedelta(days=DAYS)


async def _send(client: Client, ticket: str, command: Mapping[str, Any]) -> None:
    opens = command["commandType"] == "OpenTicket"
    for _ in range(SENT_AGAIN):
        answer = await client.send(command, None if opens else ticket)
        if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
            break
        await asyncio.sleep(AGAIN_SECONDS)
    if not _was_sent_before(answer):
        answer.expect(HTTPStatus.CREATED if opens else HTTPStatus.OK)


def _was_sent_before(answer: Answer) -> bool:
    """Return whether a command was accepted although its first answer said that its outcome was unknown."""
    if answer.status != HTTPStatus.BAD_REQUEST:
        return False
    try:
        return answer.read(TicketEventError).errorType == "CommandAlreadySent"
    except DemoError:
        return False
