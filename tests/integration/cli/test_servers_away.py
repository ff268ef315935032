"""Servers of an engine that do not answer, on a MongoDB of the test's own: one of its two members does not exist."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded import mongod
from deploy.embedded.child_process import Program, spawn
from deploy.embedded.listening import listens
from services.cli.exit_status import EngineError, explained
from services.cli.status.pipeline import count_brokers
from shared.mongo import addresses, connected, initiate_replica_set, ping, servers
from shared.process.settings import EngineSettings
from tests.support.clients.http import free_port

NOBODY = "127.0.0.1:1"


@pytest.fixture
async def half_a_set(tmp_path: Path) -> AsyncIterator[str]:
    """Run a replica set of which one member, without a vote, is away; yield its URL."""
    port = free_port()
    files = tmp_path / "half"
    files.mkdir()

    async def answers(_pid: int) -> bool:
        return await listens(port)

    own = ("--dbpath", str(files), "--port", str(port), "--nounixsocket", "--replSet", "half")
    running = await spawn(Program("mongod", (str(mongod.executable()), *own), files / "log", answers))
    url = f"mongodb://127.0.0.1:{port}/?replicaSet=half"
    try:
        await running.ready()
        await initiate_replica_set(url)
        async with connected(url, timeout_ms=30_000) as client:
            await ping(client)
            config = (await client.admin.command("replSetGetConfig"))["config"]
            config["members"].append({"_id": 1, "host": NOBODY, "priority": 0, "votes": 0})
            config["version"] += 1
            await client.admin.command("replSetReconfig", config)
            await servers(client)  # the driver has tried the new member when it is closed; else it leaves a socket open
        yield url
    finally:
        await running.stop()


async def test_a_member_that_is_away_is_named(half_a_set: str) -> None:
    async with connected(half_a_set) as client:
        found = await servers(client)
    assert found.answering == (addresses(half_a_set),)
    assert found.away == (NOBODY,)
    assert found.version


async def test_brokers_are_counted_if_one_address_answers(settings: EngineSettings) -> None:
    assert await count_brokers(settings.model_copy(update={"kafka": f"{NOBODY},{settings.kafka}"})) == 1
    nowhere = settings.model_copy(update={"kafka": NOBODY})
    with pytest.raises(EngineError, match=f"Kafka at {NOBODY} does not answer"), explained(nowhere):
        await count_brokers(nowhere)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("mongodb://mongo:27017/?replicaSet=ticketstream", "mongo:27017"),
        ("mongodb://user:pass%40word@a:1,b:2/admin?x=y", "a:1,b:2"),
        ("mongodb://a", "a"),
        ("mongodb+srv://user:secret@cluster.example?x=@", "cluster.example"),
    ],
)
def test_the_addresses_of_a_url_have_no_password(url: str, named: str) -> None:
    assert addresses(url) == named
