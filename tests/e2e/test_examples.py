"""The programs of `examples`, run unchanged against a platform (`poll_feed.py`: `tests/integration/docs`).

So are the steps of `docs/operations.md` that let a program in.
"""

import asyncio
import json
import secrets
import shutil
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from yarl import URL

from deploy.embedded.kafka.jars import class_path
from shared.accounts.tokens import new_token
from shared.clock import utc_now, wire
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from shared.storage.publication import FIRST_GENERATION
from shared.storage.topics import Topics
from tests.support.data.tickets import interleaved, life, publish_events, ticket_uid
from tests.support.engines.chosen_engines import Engines
from tests.support.engines.proxy import proxy
from tests.support.expected.views import until
from tests.support.processes.demo_stack import DemoStack, demo_stack
from tests.support.processes.programs import run, started

pytestmark = pytest.mark.long

TOP = Path(__file__).parents[2]
EXAMPLES = TOP / "examples"
AGENCY = "7eccba5b-25c6-153f-2feb-7aef9e509123"
SECONDS = 60


@pytest.fixture(scope="module")
async def stack(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoStack]:
    """Run a platform for all examples."""
    folder = tmp_path_factory.mktemp("stack")
    async with demo_stack(engines, folder, f"examples-{secrets.token_hex(6)}") as running:
        yield running


@pytest.fixture
async def store(stack: DemoStack) -> AsyncIterator[Database]:
    """Yield the platform's database."""
    async with connected(stack.settings.mongo) as client:
        yield database(client, stack.settings.database)


@pytest.fixture(scope="module")
async def follower(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the words that start the compiled Java program; skips without a JDK."""
    javac, java = shutil.which("javac"), shutil.which("java")
    if not (javac and java):
        pytest.skip("there is no JDK")
    folder = tmp_path_factory.mktemp("java")
    jars = ":".join(map(str, class_path(lambda _present, _all: None)))
    words = ("-Xlint:all", "-Werror", "-proc:none", "-classpath", jars, "-d", folder)
    await run(javac, *words, EXAMPLES / "FollowEvents.java", folder=folder)
    return java, "-classpath", f"{jars}:{folder}", "FollowEvents"


async def test_the_script_opens_a_ticket_once_and_shows_it(stack: DemoStack, store: Database, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("there is no curl")
    before = await store.events.count_documents({})
    words = (EXAMPLES / "open_ticket.sh", stack.url, stack.operator.login, AGENCY)
    shown = json.loads(await run(*words, folder=tmp_path, PASSWORD=stack.operator.password, TMPDIR=str(tmp_path)))
    assert (shown["status"], shown["callPurpose"], shown["agencies"][0]["uid"]) == ("OPENED", "Lift", AGENCY)
    assert await store.events.count_documents({}) == before + 1
    assert list(tmp_path.iterdir()) == []


async def test_the_client_opens_a_ticket_once_although_the_answer_is_lost(
    stack: DemoStack, store: Database, tmp_path: Path
) -> None:
    before = await store.events.count_documents({})

    async def accepted() -> bool:
        return await store.events.count_documents({}) == before + 1

    async with proxy(urlsplit(stack.url).port or 0) as between:
        between.keep_back_after = b"OpenTicket"
        words = ("open_ticket.py", str(URL(stack.url).with_port(between.port)), stack.operator.login, AGENCY)
        async with started(
            sys.executable, *words, folder=EXAMPLES, environment={"PASSWORD": stack.operator.password}
        ) as process:
            await until(accepted)
            between.keep_back_after = None
            between.cut()
            between.passing.set()
            said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0
    listed = [line.split()[0] for line in said.decode().splitlines()]
    events = await store.events.find({"type": "TicketOpened"}).sort("sentDate", -1).to_list(None)
    assert len(events) == before + 1
    assert listed[0] == events[0]["ticket"]
    assert sorted(listed) == sorted(event["ticket"] for event in events)


async def test_the_follower_keeps_and_prints_every_event_once_until_its_token_ends(
    stack: DemoStack, store: Database, tmp_path: Path
) -> None:
    """It goes on behind the last id after a lost connection, an outage and a kill, and drops what comes again."""
    file, began = tmp_path / "events.sqlite", utc_now()
    account = await store.users.find_one({"login": stack.operator.login})
    assert account
    token, document = new_token(account["_id"], "follower", began, timedelta(hours=1))
    await store.tokens.insert_one(document)
    secret = tmp_path / "token.txt"
    secret.write_text(f"{token}\n")

    async def open_ticket() -> None:
        words = (EXAMPLES / "open_ticket.py", stack.url, stack.operator.login, AGENCY)
        await run(sys.executable, *words, folder=tmp_path, PASSWORD=stack.operator.password)

    async def wanted() -> dict[str, Any]:
        events = await store.events.find({"sentDate": {"$gte": began}}).to_list(None)
        return {event["processUid"]: json.loads(event["body"]) for event in events}

    async def has_all() -> bool:
        return followed(file) == await wanted()

    async with proxy(urlsplit(stack.url).port or 0) as between:
        words = (sys.executable, "follow_stream.py", str(URL(stack.url).with_port(between.port)), str(file))
        async with started(*words, folder=EXAMPLES, environment={"TOKEN_FILE": str(secret)}) as process:
            await until(lambda: has_place(file))
            await open_ticket()
            await until(has_all)
            between.closed = True
            between.cut()
            await open_ticket()
            between.closed = False
            await until(has_all)
            assert await said_by(process, 2) == {f"TicketOpened {uid}" for uid in await wanted()}
        await open_ticket()  # while the program is dead
        with closing(sqlite3.connect(file)) as tables, tables:
            tables.execute("UPDATE place SET last_id = ?", (wire(began),))
        known = set(followed(file))
        async with started(*words, folder=EXAMPLES, environment={"TOKEN": token}, stderr=PIPE) as process:
            await until(has_all)
            assert await said_by(process, 1) == {f"TicketOpened {uid}" for uid in set(await wanted()) - known}
            await store.tokens.delete_one({"_id": document["_id"]})
            said, reason = await asyncio.wait_for(process.communicate(), SECONDS)
    assert (process.returncode, said) == (1, b"")
    assert b"HTTP Error 401" in reason


async def test_the_steps_of_operations_let_a_program_in_and_keep_its_token_closed(
    stack: DemoStack, store: Database, tmp_path: Path
) -> None:
    if not shutil.which("curl"):
        pytest.skip("there is no curl")
    page = (TOP / "docs/operations.md").read_text().partition("## Let a program in")[2]
    steps = page.partition("```bash\n")[2].partition("```")[0]
    settings = {f"TICKETSTREAM_{name.upper()}": value for name, value in stack.settings.model_dump(mode="json").items()}
    program = f'umask 022; ticketstream() {{ {sys.executable} -m services.cli "$@"; }}\n{steps}'
    said = await run("bash", "-euo", "pipefail", "-c", program, folder=tmp_path, URL=stack.url, **settings)
    assert '{"login":"importer","role":"reader","scope":{"kind":"everything"}}' in said
    assert "nightly export" in said
    assert (tmp_path / "token.txt").stat().st_mode & 0o077 == 0
    user = await store.users.find_one({"login": "importer"})
    assert user
    assert "passwordHash" not in user
    assert await store.tokens.count_documents({"user": user["_id"]}) == 0


async def test_the_subscriber_keeps_every_event_once_through_kills_and_a_new_generation(
    settings: EngineSettings, tmp_path: Path
) -> None:
    file = tmp_path / "events.sqlite"
    events = interleaved([life(ticket_uid(number), 8) for number in range(200)])
    told_anew = interleaved([life(ticket_uid(number), 3) for number in range(20)])
    await publish_events(settings, events[:800])
    for enough in (1, 500):  # killed at some moment while it reads
        async with subscribed(settings, file):
            await until(partial(keeps, file, enough))
    await publish_events(settings, [*events[700:800], *events[800:]])  # with repeats
    async with subscribed(settings, file):
        await until(lambda: keeps(file, len(events)))
        assert kept(file) == {event.id: event.document()["body"].decode() for event in events}
        assert await has_counted(file, len(events))
        await publish_events(settings, told_anew, FIRST_GENERATION + 4)
        await until(partial(has_counted, file, len(told_anew)))
    assert kept(file) == {event.id: event.document()["body"].decode() for event in told_anew}


async def test_the_subscriber_and_the_java_program_see_the_events_of_the_platform(
    stack: DemoStack, store: Database, follower: tuple[str, ...], tmp_path: Path
) -> None:
    words = (EXAMPLES / "open_ticket.py", stack.url, stack.operator.login, AGENCY)
    await run(sys.executable, *words, folder=tmp_path, PASSWORD=stack.operator.password)
    wanted = {event["_id"]: event["body"].decode() for event in await store.events.find().to_list(None)}
    file = tmp_path / "events.sqlite"
    async with subscribed(stack.settings, file):
        await until(lambda: keeps(file, len(wanted)))
    assert kept(file) == wanted
    async with started(*follower, folder=EXAMPLES, environment=kafka(stack.settings)) as process:
        assert await printed(process, len(wanted)) == wanted


async def test_the_java_program_prints_every_event_once_and_starts_again_with_a_new_generation(
    settings: EngineSettings, follower: tuple[str, ...]
) -> None:
    one, two = (life(ticket_uid(number), 4) for number in (1, 2))
    await publish_events(settings, [*one, *one[:2], *two])
    async with started(*follower, folder=EXAMPLES, environment=kafka(settings)) as process:
        assert (await printed(process, 8)).keys() == {event.id for event in [*one, *two]}
        await publish_events(settings, [*one[:3], *two[:3]], FIRST_GENERATION + 4)
        assert (await printed(process, 6)).keys() == {event.id for event in [*one[:3], *two[:3]]}


def subscribed(settings: EngineSettings, file: Path) -> AbstractAsyncContextManager[Process]:
    """Run the subscriber during the block, and kill it at the end."""
    return started(sys.executable, "keep_events.py", str(file), folder=EXAMPLES, environment=kafka(settings))


def kafka(settings: EngineSettings) -> dict[str, str]:
    """Return the environment of a program that reads the topic."""
    return {"BROKERS": settings.kafka, "TOPIC": Topics(settings.topic_prefix).ticket_events}


async def keeps(file: Path, events: int) -> bool:
    """Return whether the subscriber's table has at least so many events."""
    return len(kept(file)) >= events


async def has_counted(file: Path, events: int) -> bool:
    """Return whether the subscriber's counts are those of so many events."""
    with closing(sqlite3.connect(file)) as tables:
        counted: bool = tables.execute("SELECT sum(number) FROM counts").fetchone() == (events,)
    return counted


def kept(file: Path) -> dict[str, str]:
    """Return the bodies in the subscriber's table by the ids of their events."""
    with closing(sqlite3.connect(file)) as tables:
        if not tables.execute("SELECT name FROM sqlite_master WHERE name = 'events'").fetchall():
            return {}
        rows = tables.execute("SELECT ticket, version, body FROM events").fetchall()
    return {f"{ticket}:{version}": body for ticket, version, body in rows}


async def has_place(file: Path) -> bool:
    """Return whether the follower has an id to go on behind."""
    with closing(sqlite3.connect(file)) as tables:
        made = tables.execute("SELECT name FROM sqlite_master WHERE name = 'place'").fetchall()
        return bool(made) and tables.execute("SELECT count(*) FROM place").fetchone() == (1,)


def followed(file: Path) -> dict[str, Any]:
    """Return the events in the follower's table by their `processUid`."""
    with closing(sqlite3.connect(file)) as tables:
        return {uid: json.loads(event) for uid, event in tables.execute("SELECT * FROM events")}


async def said_by(process: Process, lines: int) -> set[str]:
    """Return the next lines that a program prints."""
    assert process.stdout
    async with asyncio.timeout(SECONDS):
        return {(await process.stdout.readline()).decode().rstrip("\n") for _ in range(lines)}


async def printed(process: Process, events: int) -> dict[str, str]:
    """Return the bodies of the next events that a program prints, by their ids; fails if one comes twice."""
    bodies: dict[str, str] = {}
    assert process.stdout
    async with asyncio.timeout(SECONDS):
        for _ in range(events):
            event_id, _, body = (await process.stdout.readline()).decode().rstrip("\n").split(" ", 2)
            assert event_id not in bodies
            bodies[event_id] = body
    return bodies
