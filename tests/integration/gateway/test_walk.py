"""Readers that walk from page to page, with totals that fit, while the projector's code writes all the time."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from shared.clock import wire
from tests.integration.gateway.gateway_platform import Platform, platform_on
from tests.support.data.batches import Batches
from tests.support.data.contract_examples import example
from tests.support.data.directory import NORTH, SOUTH, TWO_AGENCIES_AND_A_PARK
from tests.support.data.tickets import stored, ticket_uid
from tests.support.engines.chosen_engines import Engines

LIST, EXPORT, STATS = "/api/v1/tickets", "/api/v1/tickets/export", "/api/v1/tickets/stats"
DAY = datetime(2016, 5, 26, tzinfo=UTC)
WALKED, OTHERS, PAIRS = 150, 60, 30
FIRST_OTHER, FIRST_OF_PAIRS, FIRST_NEW = 1_000, 2_000, 3_000
TRANSACTIONS = 30
"""Minimum number of writes during a test's reads."""

Change = tuple[int, str, dict[str, Any]]
"""A ticket's number, the type of its next event, and the event's fields."""


@dataclass(slots=True)
class Town:
    """A gateway, and the tickets written so far."""

    platform: Platform
    batches: Batches
    versions: Counter[int] = field(default_factory=Counter)
    transactions: int = 0

    async def write(self, changes: Iterable[Change]) -> None:
        """Change tickets in one transaction."""
        events = []
        for number, event_type, changed in changes:
            self.versions[number] += 1
            events.append(stored(ticket_uid(number), self.versions[number], event_type, **changed))
        await self.batches.apply(events)
        self.transactions += 1

    async def numbers(self, target: str, login: str = "all") -> tuple[int, str, list[int]]:
        """Request tickets; return status, `Content-Range` and the numbers of the tickets on the page."""
        answer = await self.platform.ask(target, login)
        shown = [int(item["uid"][:8]) for item in json.loads(answer.body)["result"]]
        return answer.status, answer.headers["Content-Range"], shown


def content(agency: str, minute: int, purpose: str, city: str = "Paris") -> dict[str, Any]:
    """Return the fields of an opening or an update of a ticket created in this minute of the day."""
    said = example("event", "TicketOpened")["ticket"]
    return {
        "locationRef": {"agencyUid": agency, "locationReferenceType": "AgencyLocation"},
        "openedDate": wire(DAY + timedelta(minutes=minute)),
        "ticket": said | {"address": said["address"] | {"city": city}, "callPurposeLabel": purpose},
    }


def walked(number: int, city: str = "Paris") -> dict[str, Any]:
    """Return the fields of a selected ticket; three tickets at a time were created in the same minute."""
    return content(NORTH, 500 + number // 3, "Froid", city)


IN_ORDER = sorted(range(WALKED), key=lambda number: (-(number // 3), number))


def paired(number: int, purpose: str) -> list[dict[str, Any]]:
    """Return the fields of two adjacent tickets, which always change together."""
    return [content(SOUTH, number, purpose)] * 2


def changes_of_pairs(number: int, event_type: str, purpose: str) -> list[Change]:
    first = FIRST_OF_PAIRS + 2 * number
    return [(first + n, event_type, said) for n, said in enumerate(paired(number, purpose))]


@pytest.fixture(scope="module")
async def town(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Run a gateway with the tickets of the walk, the same number of others, and pairs."""
    async with platform_on(engines, tmp_path_factory.mktemp("town")) as platform:
        town = Town(platform, Batches(platform.db, TWO_AGENCIES_AND_A_PARK))
        await town.write((number, "TicketOpened", walked(number)) for number in range(WALKED))
        await town.write(
            (FIRST_OTHER + number, "TicketOpened", content(SOUTH, number, "Toit")) for number in range(OTHERS)
        )
        for number in range(PAIRS):
            await town.write(changes_of_pairs(number, "TicketOpened", "Vitre"))
        yield town


async def while_reading(town: Town, reader: Coroutine[None, None, None], written: Iterable[list[Change]]) -> None:
    """Write one transaction after the other until the reader has ended."""
    reading = asyncio.create_task(reader)
    for changes in written:
        await town.write(changes)
        if reading.done():
            break
    await reading


def everything_else(town: Town) -> Iterable[list[Change]]:
    """Change everything except the selection and its order."""
    chance = Random(4)  # noqa: S311 - the same changes in every run
    while True:
        own = chance.sample(range(WALKED), 4)
        others = [FIRST_OTHER + number for number in chance.sample(range(OTHERS), 4)]
        yield [
            (own[0], "TicketUpdated", walked(own[0], chance.choice(("Paris", "Nice")))),
            (own[1], "MessageAdded", {}),
            (own[2], "TicketCancelled", {}),
            (own[3], "TicketReopened", {}),
            *((other, "TicketUpdated", content(SOUTH, chance.randrange(1_000), "Toit")) for other in others),
            (FIRST_NEW + town.transactions, "TicketOpened", content(SOUTH, chance.randrange(1_000), "Toit")),
        ]


@pytest.mark.parametrize(
    ("query", "login"),
    [(f"agency={NORTH}", "all"), ("", "north"), ("callpurpose=froid&from=2016-05-26", "all"), ("fulltext=froi", "all")],
)
@pytest.mark.parametrize("path", [LIST, EXPORT])
async def test_a_walk_sees_each_ticket_once_despite_other_writes(town: Town, path: str, query: str, login: str) -> None:
    chance = Random(5)  # noqa: S311 - the same pages in every run

    async def walk() -> None:
        enough = town.transactions + TRANSACTIONS
        while town.transactions < enough:
            seen: list[int] = []
            while len(seen) < WALKED:
                first, last = len(seen), len(seen) + chance.choice((0, 6, 18, 40))
                status, where, shown = await town.numbers(f"{path}?range={first}-{last}&{query}", login)
                seen += shown
                assert (status, where) == (206, f"{first}-{min(last, WALKED - 1)}/{WALKED}")
                assert len(seen) == min(last + 1, WALKED)
            assert seen == IN_ORDER

    await while_reading(town, walk(), everything_else(town))


def pairs_come_and_go() -> Iterable[list[Change]]:
    """Remove a pair from the selection or put it back, both tickets at once."""
    chance = Random(6)  # noqa: S311 - the same changes in every run
    selected = [True] * PAIRS
    while True:
        number = chance.randrange(PAIRS)
        selected[number] = not selected[number]
        yield changes_of_pairs(number, "TicketUpdated", "Vitre" if selected[number] else "Volet")


async def test_a_page_its_total_and_the_statistics_are_of_one_moment(town: Town) -> None:
    async def read() -> None:
        enough = town.transactions + 5 * TRANSACTIONS
        while town.transactions < enough:
            for target in (f"{LIST}?callpurpose=vitre", f"{EXPORT}?callpurpose=vitre"):
                status, where, shown = await town.numbers(target)
                assert (status, where) == (200, f"0-{len(shown) - 1}/{len(shown)}")
                assert [number for number in shown if (number ^ 1) not in shown] == []
                status, where, shown = await town.numbers(f"{target}&range=11-99")
                assert (status, where) == (206, f"11-{len(shown) + 10}/{len(shown) + 11}")
                assert len(shown) % 2 == 1
            answer = await town.platform.ask(f"{STATS}?callpurpose=vitre&from=2016-05-26&to=2016-05-26")
            assert json.loads(answer.body)["ticketCreationFrequency"]["byDay"] % 2 == 0

    await while_reading(town, read(), pairs_come_and_go())
