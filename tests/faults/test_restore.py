"""MongoDB restored from a backup while Kafka kept everything: events after the backup disappear everywhere."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.projector.folds.day_counters import cells
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from shared.storage.publication import read_publication
from tests.integration.command.command_platform import Client, command_service, logged_in, written
from tests.support.data.directory import publish_directory
from tests.support.engines.own_engines import own_engines
from tests.support.engines.topic import whole_topic
from tests.support.expected.views import counted, until
from tests.support.processes.services import service

TICKETS, LOST = 20, 10


@asynccontextmanager
async def platform(settings: EngineSettings, log: Path, cookies: dict[str, str]) -> AsyncIterator[Client]:
    """Run a command service and a projector; yields a client of the command service."""
    async with command_service(settings, log) as (url, _), service("projector", settings, log):
        yield Client((url,), cookies)


async def comment(client: Client, ticket: str) -> None:
    answer = await client.send(written("AddMessage"), ticket)
    assert answer.status == 200, answer


async def stored(db: Database) -> dict[str, bytes]:
    return {event["_id"]: event["body"] for event in await db.events.find({}).to_list(None)}


async def until_shown(db: Database) -> None:
    """Wait until the views show exactly the events of the event store."""

    async def shown() -> bool:
        lines = {line["_id"]: line["event"] for line in await db.journal.find({}, {"event": 1}).to_list(None)}
        return lines == await stored(db)

    await until(shown, 60)


async def as_subscribers_are_told(settings: EngineSettings) -> dict[str, bytes]:
    """Read the topic as docs/subscribe.md says: a later generation starts again, and repeated events count once."""
    latest, events = 0, dict[str, bytes]()
    for record in await whole_topic(settings):
        headers = {name: value.decode() for name, value in record.headers}
        generation = int(headers["ce_generation"])
        if generation > latest:
            latest, events = generation, {}
        if generation == latest:
            events.setdefault(headers["ce_id"], record.value)
    return events


async def test_views_and_topic_continue_from_the_backup(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with own_engines(tmp_path) as engines, connected(engines.settings.mongo) as mongo:
        db = database(mongo, engines.settings.database)
        await publish_directory(engines.settings)
        cookies = await logged_in(db, ["all"])
        async with platform(engines.settings, log, cookies) as client:
            tickets = [await client.opened() for _ in range(TICKETS)]
            await until_shown(db)
        backup = await engines.mongod.keep_files()
        async with platform(engines.settings, log, cookies) as client:
            for ticket in tickets[:LOST]:
                await comment(client, ticket)
            lost = [await client.opened() for _ in range(LOST)]
            await until_shown(db)
        await engines.mongod.put_back(backup)
        async with platform(engines.settings, log, cookies) as client:
            for ticket in tickets:
                await comment(client, ticket)
            await until_shown(db)
            await comment(client, await client.opened())
            await until_shown(db)
        shown = await db.tickets.find({}).to_list(None)
        assert len(shown) == TICKETS + 1
        assert not {ticket["_id"] for ticket in shown} & set(lost)
        assert {ticket["version"] for ticket in shown} == {2}
        assert await counted(db) == Counter(cell for ticket in shown for cell in cells(ticket))
        assert (await read_publication(db)).generation > 1
        assert await as_subscribers_are_told(engines.settings) == await stored(db)
