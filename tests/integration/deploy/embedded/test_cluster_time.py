"""The time of a replica set whose mongod has just started with a key file for the first time."""

from pathlib import Path

from deploy.embedded.child_process import spawn
from deploy.embedded.data_folder import steady_ports
from deploy.embedded.mongod import files, program, url
from deploy.embedded.mongod_access import MongoAccess, access
from shared.mongo import connected, operation_time


async def test_the_time_is_known_although_mongod_has_no_signing_keys_at_first(tmp_path: Path) -> None:
    port = steady_ports(tmp_path, ["mongod"])["mongod"]
    await _times(tmp_path, port, None)
    first, second = await _times(tmp_path, port, access(files(tmp_path)))
    assert first <= second


async def _times(folder: Path, port: int, members: MongoAccess | None) -> tuple[int, int]:
    """Start mongod, and return its time twice, in seconds; the first time as soon as it answers."""
    running = await spawn(program(folder, port, members))
    try:
        await running.ready()
        async with connected(url(port, members)) as client:
            db = client.ticketstream
            return (await operation_time(db)).time, (await operation_time(db)).time
    finally:
        await running.stop()
