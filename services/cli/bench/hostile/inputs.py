"""The most expensive valid inputs that are known, as functions of a client."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

from services.cli.bench.command_client import NORTH, PARIS, CommandClient

BODY = 250_000
"""Bytes of text in the largest allowed command."""
MARKS = "a" + "\u0315\u0300" * (BODY // 4 - 100)
"""Combining marks that are not in Unicode's order; sorting them takes quadratic time."""
LIGATURE = "\ufdfa"
"""One character that is folded to eighteen letters."""
WORDS = " ".join(chr(0x4E00 + number % 20_000) + chr(0x4E00 + number // 20_000) for number in range(BODY // 7))
LARGE, TURNS, SMALL, AT_ONCE = 200, 20, 3_000, 16

Outcome = TypeVar("Outcome")

Act = Callable[[CommandClient], Awaitable[None]]


async def _nothing(_client: CommandClient) -> None:
    """Send nothing; the other inputs are compared with this."""


async def _marks_in_the_request(client: CommandClient) -> None:
    ticket = await client.open(request=MARKS)
    for _ in range(10):
        await client.comment(ticket, "again")


async def _marks_in_the_town(client: CommandClient) -> None:
    ticket = await client.open(city=MARKS)
    for _ in range(10):
        await client.comment(ticket, "again")


async def _long_towns(client: CommandClient) -> None:
    for _ in range(10):
        await client.open(city=LIGATURE * (BODY // 3))


async def _many_words(client: CommandClient) -> None:
    for _ in range(10):
        await client.open(request=WORDS)


async def _long_words(client: CommandClient) -> None:
    for _ in range(10):
        await client.open(request="\u3300" * (BODY // 3))


async def _many_additions(client: CommandClient) -> None:
    for _ in range(10):
        await client.open(additionalData={f"{number:x}": "" for number in range(BODY // 11)})


async def _many_large_tickets(client: CommandClient) -> None:
    """Send small commands on large tickets: each makes the projector write much more than is sent."""
    tickets = await _side_by_side([client.open(request="\U0001f525 " + "x" * BODY) for _ in range(LARGE)])
    await _side_by_side([client.comment(ticket, "x") for ticket in tickets if ticket])


async def _many_comments_on_large_tickets(client: CommandClient) -> None:
    """Send small commands on large tickets in turn, so that each batch has events of many tickets."""
    tickets = await _side_by_side([client.open(request="\U0001f525 " + "x" * BODY) for _ in range(LARGE // 2)])
    await _side_by_side([client.comment(ticket, "x") for _ in range(TURNS) for ticket in tickets])


async def _large_ticket_moves(client: CommandClient) -> None:
    """Move a ticket with many events to another agency, which changes its whole journal."""
    ticket = await client.open()
    await _side_by_side([client.comment(ticket, "x") for _ in range(SMALL)])
    for agency in (PARIS, NORTH, PARIS):
        await client.move(ticket, agency)


async def _marks_in_a_filter(client: CommandClient) -> None:
    for _ in range(10):
        await client.ask(f"/api/v1/tickets?location={quote('a' + chr(0x315) + chr(0x300))}" + "%CC%95%CC%80" * 5_000)


async def _brackets_at_the_login(client: CommandClient) -> None:
    for _ in range(10):
        await client.post("/api/v1/login", b"[" + b"[]," * 85_000 + b"[]]")


INPUTS: Mapping[str, Act] = {
    "nothing": _nothing,
    "disordered marks in a request, and 10 comments": _marks_in_the_request,
    "disordered marks in a town, and 10 comments": _marks_in_the_town,
    "10 towns of 83,000 ligatures": _long_towns,
    "10 requests of 35,000 different words": _many_words,
    "10 requests of 83,000 square words": _long_words,
    "10 tickets of 22,000 additions": _many_additions,
    f"{LARGE} tickets of 250 KB, and a comment on each": _many_large_tickets,
    f"{LARGE // 2} tickets of 250 KB, and {TURNS} comments on each": _many_comments_on_large_tickets,
    f"a ticket of {SMALL:,} comments moves three times": _large_ticket_moves,
    "10 lists by a town of disordered marks": _marks_in_a_filter,
    "10 logins of 85,000 brackets": _brackets_at_the_login,
}


async def _side_by_side(acts: list[Awaitable[Outcome]]) -> list[Outcome]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def limited(act: Awaitable[Outcome]) -> Outcome:
        async with limit:
            return await act

    return await asyncio.gather(*map(limited, acts))
