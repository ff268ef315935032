"""`ticketstream up` on a machine with other users: what they can see, and what they cannot."""

import json
import os
import signal
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.embedded.child_process import spawn
from deploy.embedded.data_folder import steady_ports
from deploy.embedded.mongod import program as open_to_all
from deploy.embedded.mongod import url as open_url
from shared.mongo import OperationFailure, connected
from tests.support.processes.command_line import ended, started
from tests.support.processes.processes_in_folder import working_in
from tests.support.processes.running_stack import open_ticket_and_see_it, running_in, with_a_user_and_an_agency

TICKET = "00000000-0000-4000-8000-000000000000"


async def test_a_folder_of_before_is_closed_and_its_mongodb_asks_for_a_password(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    await _used_by_an_earlier_release(folder)
    before = os.umask(0o022)
    try:
        async with running_in(folder) as (process, url):
            await with_a_user_and_an_agency(folder)
            await open_ticket_and_see_it(url, TICKET)
            mongo = json.loads((folder / "run.json").read_text())["mongo"]
            password = urlsplit(mongo).password
            assert password
            for pid, words in working_in(folder).items():
                assert password not in " ".join(words), pid
            async with connected(mongo) as client:
                assert await client.earlier.things.count_documents({}) == 1
            async with connected(mongo.replace(f"ticketstream:{password}@", "")) as client:
                with pytest.raises(OperationFailure, match="requires authentication"):
                    await client.ticketstream.events.find_one({})
            async with started("status", "--data", str(folder)) as asking:
                outcome = await ended(asking)
            assert outcome.code == 0
            assert password not in outcome.out + outcome.err
            process.send_signal(signal.SIGTERM)
            outcome = await ended(process)
            assert password not in outcome.out + outcome.err
    finally:
        os.umask(before)
    assert _mode(folder) == 0o700
    assert password not in "".join(log.read_text() for log in (folder / "logs").iterdir())
    others = {"logs", "mongod", "logs/mongod.log", "users.json", "directory.json"}
    made = set(folder.rglob("*")) - {folder / name for name in others}
    assert {file for file in made if _mode(file) & 0o077} == set()
    assert {file.parent.name for file in made} >= {"data", "logs", "kafka", "mongod", "ticket-events-0"}


async def _used_by_an_earlier_release(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    port = steady_ports(folder, ["mongod"])["mongod"]
    running = await spawn(open_to_all(folder, port))
    try:
        await running.ready()
        async with connected(open_url(port)) as client:
            await client.earlier.things.insert_one({"_id": 1})
    finally:
        await running.stop()


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)
