"""The example program in `docs/subscribe.md`, run unchanged."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared.process.settings import EngineSettings
from shared.storage.publication import FIRST_GENERATION
from shared.storage.topics import Topics
from tests.support.data.tickets import Stored, interleaved, life, publish_events, ticket_uid

PAGE = Path(__file__).parents[3] / "docs" / "subscribe.md"
SECONDS = 60
ONE, TWO = (life(ticket_uid(number), 4) for number in (1, 2))


async def test_it_prints_every_event_once_and_starts_again_with_a_new_generation(settings: EngineSettings) -> None:
    repeats = [*ONE[:3], ONE[0], ONE[2], *TWO[:2], TWO[1]]
    await publish_events(settings, repeats)
    await publish_events(settings, [ONE[3], *TWO[2:]])
    async with _subscribed(settings) as lines:
        assert await _until_ended(lines) == {events[0].ticket: _printed(events) for events in (ONE, TWO)}
        newer = FIRST_GENERATION + 7
        told_anew = [life(ticket_uid(number), 3) for number in (1, 2)]
        await publish_events(settings, interleaved(told_anew)[:2], newer)
        await publish_events(settings, [ONE[1]])
        await publish_events(settings, interleaved(told_anew), newer)
        assert await _until_ended(lines) == {events[0].ticket: _printed(events) for events in told_anew}


def test_it_is_twenty_lines_or_so() -> None:
    assert len([line for line in _example().splitlines() if line]) <= 20


def _example() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(code)


def _printed(events: list[Stored]) -> list[str]:
    return [f"{event.id} {event.fields['eventType']} {event.document()['body'].decode()}" for event in events]


@asynccontextmanager
async def _subscribed(settings: EngineSettings) -> AsyncIterator[asyncio.StreamReader]:
    """Run the example during the block; yields its output."""
    environment = {"BROKERS": settings.kafka, "TOPIC": Topics(settings.topic_prefix).ticket_events}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _example(), env={**os.environ, **environment}, stdout=PIPE
    )
    assert process.stdout
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def _until_ended(lines: asyncio.StreamReader) -> dict[str, list[str]]:
    """Read the output, by ticket, until both tickets' lives are complete."""
    printed: defaultdict[str, list[str]] = defaultdict(list)
    ended = 0
    async with asyncio.timeout(SECONDS):
        while ended < 2:
            line = (await lines.readline()).decode().removesuffix("\n")
            assert line, "the example ended"
            printed[line.partition(":")[0]].append(line)
            ended += " TicketCancelled " in line
    return dict(printed)
