"""`ticketstream up --demo`: a platform that its user can try at once."""

import json
import re
import shlex
import signal
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from services.cli.demo.client import Client
from services.cli.demo.filling import fill
from services.cli.demo.lives import Lives, ticket_uid
from services.cli.demo.opening import DAYS
from services.cli.demo.setup import demo_entries, set_up
from services.cli.local.stack import find
from shared.clock import instant
from shared.mongo import Database, connected, database
from tests.support.expected.views import until
from tests.support.processes.command_line import ended, line_with, started
from tests.support.processes.processes_in_folder import working_in
from tests.support.processes.running_stack import running_in


async def test_it_prints_the_logins_before_it_is_ready(tmp_path: Path) -> None:
    async with started("up", "--demo", "--demo-tickets", "0", "--data", str(tmp_path)) as process:
        ready = await line_with(process.stdout, "ready ")
        url = ready.split()[1]
        await line_with(process.stderr, "Users, with new passwords:")
        assert process.stderr
        operator, reader = [(await process.stderr.readline()).decode() for _ in range(2)]
        await line_with(process.stderr, "Log in, then list the tickets:")
        login, listing = [shlex.split((await process.stderr.readline()).decode()) for _ in range(2)]
        console, page = [(await process.stderr.readline()).decode().split()[-1] for _ in range(2)]
        assert re.fullmatch(r"  demo +[\w-]{12}  \(operator\)\n", operator)
        assert re.fullmatch(r"  demo-reader +[\w-]{12}  \(reader\)\n", reader)
        assert login == [
            *("curl", "-c", "session.txt", "-H", "Content-Type: application/json", "-d"),
            json.dumps({"login": "demo", "password": operator.split()[1]}, separators=(",", ":")),
            f"{url}/api/v1/login",
        ]
        assert listing == ["curl", "-b", "session.txt", f"{url}/api/v1/tickets"]
        assert (console, page) == (f"{url}/", f"{url}/api/docs")
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"Content-Type": "application/json"}) as client:
            async with client.post(login[-1], data=login[-2]) as answer:
                assert answer.status == 200
            for target in (console, page):
                async with client.get(target) as answer:
                    assert answer.status == 200
            async with client.get(listing[-1]) as answer:
                assert (answer.status, await answer.json()) == (200, {"result": []})
        process.send_signal(signal.SIGINT)
        outcome = await ended(process)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "stopping …\n")
    assert working_in(tmp_path) == {}


class StoppedError(Exception):
    """Ends filling in the middle."""


def stop_after_ten(done: int, _total: int) -> None:
    if done == 10:
        raise StoppedError


async def processes_of(db: Database, tickets: int) -> list[str]:
    asked = {"ticket": {"$in": [ticket_uid(number) for number in range(tickets)]}}
    return [event["processUid"] for event in await db.events.find(asked).to_list(None)]


async def test_tickets_are_filled_in_once_however_often_it_is_started(tmp_path: Path) -> None:
    async with running_in(tmp_path, "--demo", "--demo-tickets", "20") as (process, url):
        await line_with(process.stderr, "20 tickets are filled in")
        engines = find(tmp_path).engines()
        operator, *_ = await set_up(engines)
        async with connected(engines.mongo) as mongo, Client(url) as client:
            db = database(mongo, engines.database)
            await client.log_in(operator.login, operator.password)
            with pytest.raises(StoppedError):
                await fill(client, db, 100, stop_after_ten)
            half = await processes_of(db, 100)
            sent = await fill(client, db, 100, lambda _done, _total: None)
            assert sent > 0
            assert await fill(client, db, 100, lambda _done, _total: None) == 0
            [opening] = await db.events.find({"_id": f"{ticket_uid(0)}:1"}).to_list(None)
            lives = Lives(demo_entries(), instant(json.loads(opening["body"])["openedDate"]) + timedelta(days=DAYS))
            expected = [command["processUid"] for number in range(100) for command in lives.life(number).commands]
            stored = await processes_of(db, 100)
            assert sorted(stored) == sorted(expected)
            assert len(half) < len(stored)
            assert await db.events.count_documents({}) == len(stored)

            async def all_shown() -> bool:
                return (await client.stats()).ticketCreationFrequency.byDay == round(100 / (DAYS + 1), 2)

            await until(all_shown)
        words = ("fill", "--tickets", "100", "--data", str(tmp_path), "--shown-url", "http://shown.example:8000")
        async with started(*words) as filling:
            outcome = await ended(filling)
        assert outcome.code == 0
        assert "tickets are filled in" not in outcome.err
        assert "Users, with new passwords:" in outcome.err
        assert "Or open the console in a browser: http://shown.example:8000/" in outcome.err
