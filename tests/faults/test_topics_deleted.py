"""All topics deleted under a running platform: commands go on, and `republish` gives the topics back."""

import asyncio
import json
import signal
from pathlib import Path
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient

from shared.mongo import connected, database
from shared.settings import EngineSettings
from shared.topics import Topics
from tests.support.command_line import Outcome, ended, started
from tests.support.stack import open_ticket_and_see_it, running_in, with_a_user_and_an_agency
from tests.support.topic import ids, until_relayed, whole_topic
from tests.support.views import until


async def test_deleted_topics_stop_the_relay_until_they_are_republished(tmp_path: Path) -> None:
    tickets = [str(UUID(int=number)) for number in range(1, 8)]
    async with running_in(tmp_path) as (process, url):
        await with_a_user_and_an_agency(tmp_path)
        for ticket in tickets[:5]:
            await open_ticket_and_see_it(url, ticket)
        settings = _engines(tmp_path)
        await _delete_topics(settings)
        await until(lambda: _status_says(tmp_path, "run `ticketstream republish`"), 60)
        await open_ticket_and_see_it(url, tickets[5], seen=False)
        outcome = await _run(tmp_path, "republish")
        assert outcome.code == 0, outcome.err
        assert outcome.out.splitlines() == [
            "made the topic ticket-events",
            "made the topic directory",
            "the directory was lost with its topic: import it again with `ticketstream directory import`",
            "published 6 events once more",
        ]
        records = await until_relayed(settings, {f"{ticket}:1" for ticket in tickets[:6]})
        assert set(ids(records)) == {f"{ticket}:1" for ticket in tickets[:6]}
        assert (await _run(tmp_path, "directory", "import", str(tmp_path / "directory.json"))).code == 0
        await open_ticket_and_see_it(url, tickets[6])
        await until(lambda: _status_says(tmp_path, "lag: 0 events"), 60)
        async with connected(settings.mongo) as client:
            db = database(client, settings.database)
            assert {event["_id"] async for event in db.journal.find({})} == {f"{ticket}:1" for ticket in tickets}
            assert {ticket["_id"] async for ticket in db.tickets.find({})} == set(tickets)
        assert (await _run(tmp_path, "republish")).out == "no event has to be published again\n"
        outcome = await _run(tmp_path, "republish", "--again")
        assert (outcome.code, outcome.out) == (0, "published 7 events once more\n")
        assert len(await whole_topic(settings)) >= len(tickets) + len(tickets)
        process.send_signal(signal.SIGTERM)
        assert (await ended(process)).code == 0


def _engines(folder: Path) -> EngineSettings:
    stack = json.loads((folder / "run.json").read_text())
    return EngineSettings(**{name: stack[name] for name in ("kafka", "mongo", "database", "topic_prefix")})


async def _delete_topics(settings: EngineSettings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.delete_topics([topic.name for topic in Topics().definitions()])
    finally:
        await admin.close()


async def _run(folder: Path, *words: str) -> Outcome:
    async with started(*words, "--data", str(folder)) as command:
        return await ended(command)


async def _status_says(folder: Path, words: str) -> bool:
    await asyncio.sleep(0.2)
    return words in (await _run(folder, "status")).out
