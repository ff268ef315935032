"""`ticketstream status` on real engines: what it asks, in which order, and its output when nothing answers."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.embedded.data_folder import claim
from services.cli.local.stack import ProcessState, Stack, save_stack
from services.cli.status.overview import Status, look_at
from services.cli.status.views_lag import Lag
from services.command.relay.relay import Relay
from shared.clock import instant
from shared.mongo import Database, Timestamp, operation_time
from shared.process.release import release
from shared.process.settings import EngineSettings
from shared.storage import waiting_events
from shared.storage.publication import read_publication
from shared.storage.topics import Topics
from shared.storage.waiting_events import Unpublished, read_unpublished
from tests.integration.cli.cli_platform import CommandLine, living
from tests.support.data.tickets import Stored, interleaved, life, ticket_uid
from tests.support.expected.views import until

EVENTS = interleaved([life(ticket_uid(number), 4) for number in range(10)])
RECEIVED = min(instant(event.fields["sentDate"]) for event in EVENTS)
NO_MONGODB = "MongoDB at 127.0.0.1:1 does not answer, or has no primary; start it, or give another one with --mongo."
NO_KAFKA = "Kafka at 127.0.0.1:1 does not answer; start it, or give another one with --kafka."


def given(settings: EngineSettings) -> Stack:
    return Stack(**settings.model_dump())


async def lag_of(settings: EngineSettings) -> Lag:
    lag = (await look_at(given(settings))).lag
    assert lag is not None
    return lag


@asynccontextmanager
async def all_living(db: Database, settings: EngineSettings, **command: Any) -> AsyncIterator[None]:
    async with (
        living(db, settings, "gateway", "gateway", url="http://127.0.0.1:8080"),
        living(db, settings, "command", "command-1", **command),
        living(db, settings, "projector", "projector-1"),
    ):
        yield


async def store(db: Database, events: Iterable[Stored]) -> None:
    await db.events.insert_many([event.document() for event in events])


@asynccontextmanager
async def relaying(db: Database, settings: EngineSettings) -> AsyncIterator[None]:
    relay = Relay(db, settings.kafka, Topics(settings.topic_prefix), "command-1")
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def publish_all(db: Database, settings: EngineSettings, events: int) -> Mapping[int, int]:
    """Publish all stored events with the relay, and return the ends of the partitions."""
    ends: Mapping[int, int] = {}

    async def published() -> bool:
        nonlocal ends
        ends = (await read_publication(db)).ends
        return sum(ends.values()) == events

    async with relaying(db, settings):
        await until(published)
    return ends


def is_age(lag: Lag, received: datetime) -> bool:
    age = datetime.now(UTC) - received
    return lag.milliseconds is not None and abs(age - timedelta(milliseconds=lag.milliseconds)) < timedelta(minutes=1)


async def test_an_event_counts_from_the_store_until_its_partition_has_applied_it(
    settings: EngineSettings, db: Database
) -> None:
    async with living(db, settings, "gateway", "gateway"):
        assert await lag_of(settings) == Lag(0, 0, exact=True)
        await store(db, EVENTS[:30])
        stored = await lag_of(settings)
        assert stored.events == 30
        assert is_age(stored, RECEIVED)
        ends = await publish_all(db, settings, 30)
        published = await lag_of(settings)
        assert published.events == 30
        assert is_age(published, RECEIVED)
        await store(db, EVENTS[30:])
        assert (await lag_of(settings)).events == 40
        for partition, end in ends.items():
            await db.checkpoints.update_one({"_id": partition}, {"$set": {"offset": end}})
        assert (await lag_of(settings)).events == 10
        ends = await publish_all(db, settings, 40)
        for partition, end in ends.items():
            await db.checkpoints.update_one({"_id": partition}, {"$set": {"offset": end}})
        assert await lag_of(settings) == Lag(0, 0, exact=True)


async def test_its_age_is_that_of_the_first_event_of_a_partition_that_is_not_applied(
    settings: EngineSettings, db: Database
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    hours = {number: now - timedelta(hours=number) for number in (1, 2, 3)}
    document = EVENTS[0].document()
    await db.events.insert_many(
        [
            document | {"_id": f"t{number}:1", "ticket": "same", "processUid": str(number), "sentDate": sent}
            for number, sent in hours.items()
        ]
    )
    ((partition, _),) = (await publish_all(db, settings, 3)).items()
    await db.checkpoints.update_one({"_id": partition}, {"$set": {"offset": 1}})
    async with living(db, settings, "gateway", "gateway"):
        lag = await lag_of(settings)
    assert lag.events == 2
    assert is_age(lag, hours[2])


async def test_many_unpublished_events_are_counted_in_groups_and_no_longer_than_it_may_take(
    settings: EngineSettings, db: Database
) -> None:
    await db.other.insert_many([{"number": number} for number in range(3_000)])
    await store(db, EVENTS)
    publication = await read_publication(db)
    assert await read_unpublished(db, publication, group=7) == Unpublished(40, RECEIVED, exact=True)
    assert await read_unpublished(db, publication, group=7, seconds=0) == Unpublished(7, RECEIVED, exact=False)


async def test_events_stored_during_the_count_do_not_count(
    settings: EngineSettings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store(db, EVENTS[:30])
    now = await operation_time(db)
    await store(db, EVENTS[30:])

    async def then(_: Database) -> Timestamp:
        return now

    monkeypatch.setattr(waiting_events, "operation_time", then)
    assert await read_unpublished(db, await read_publication(db)) == Unpublished(30, RECEIVED, exact=True)


async def test_a_position_that_the_oplog_lost_is_a_problem_beside_the_rest(
    settings: EngineSettings, db: Database
) -> None:
    await db.progress.update_one({"_id": "relay"}, {"$set": {"token": {"_data": "82"}}})
    async with all_living(db, settings):
        status = await look_at(given(settings))
    assert status.lag is None
    assert len(status.processes) == 3
    (problem,) = status.problems
    assert problem.startswith("MongoDB at ")
    assert " cannot be used: " in problem


async def test_with_all_services_all_is_well(ticketstream: CommandLine, settings: EngineSettings, db: Database) -> None:
    async with all_living(db, settings):
        human = await ticketstream("status")
        machine = await ticketstream("status", "--json")
    assert (human.code, human.err) == (0, "")
    lines = [line.split() for line in human.out.splitlines()]
    assert lines[:2] == [["http://127.0.0.1:8080"], ["process", "service", "pid", "version", "state", "restarts"]]
    assert [(*line[:2], *line[3:]) for line in lines[2:5]] == [
        ("command-1", "command", release(), "running", "2"),
        ("gateway", "gateway", release(), "running", "2"),
        ("projector-1", "projector", release(), "running", "2"),
    ]
    printed = json.loads(machine.out)
    mongodb, _ = printed["engines"]
    assert human.out.splitlines()[5:] == [
        f"MongoDB {mongodb['version']}: answers",
        "Kafka: answers",
        "lag: 0 events, 0 ms",
        "all is well",
    ]
    assert (machine.code, machine.err) == (0, "")
    pids = [process.pop("pid") for process in printed["processes"]]
    assert all(isinstance(pid, int) for pid in pids)
    assert re.fullmatch(r"[0-9.]+", mongodb.pop("version"))
    assert printed == {
        "url": "http://127.0.0.1:8080",
        "monitoring": {},
        "processes": [
            {"name": name, "service": service, "state": "running", "restarts": 2, "version": release()}
            for name, service in (("command-1", "command"), ("gateway", "gateway"), ("projector-1", "projector"))
        ],
        "engines": [
            {"name": "MongoDB", "answering": 1, "expected": 1},
            {"name": "Kafka", "answering": 1, "expected": 1, "version": None},
        ],
        "lag": {"events": 0, "milliseconds": 0, "exact": True},
        "refill": None,
        "stopped": [],
        "problems": [],
        "version": release(),
        "ok": True,
    }


async def test_what_is_wrong_is_the_same_in_both_forms(
    ticketstream: CommandLine, settings: EngineSettings, db: Database
) -> None:
    stopped = {"offset": 0, "reason": "version 5 follows 3", "at": datetime.now(UTC)}
    await db.checkpoints.update_one({"_id": 3}, {"$set": {"stopped": stopped}})
    await db.checkpoints.update_one({"_id": 4}, {"$set": {"stopped": stopped | {"offset": 7}}})
    async with (
        living(db, settings, "gateway", "gateway", url="http://127.0.0.1:8080"),
        living(db, settings, "command", "command-1", relayFailure="the topic lost events"),
    ):
        human = await ticketstream("status")
        machine = await ticketstream("status", "--json")
    assert [(each.code, each.err) for each in (human, machine)] == [(1, ""), (1, "")]
    problems = [
        "No projector runs: the views do not change.",
        "command-1 does not publish: the topic lost events",
    ]
    assert human.out.splitlines()[6:] == [
        "lag: 0 events, 0 ms",
        "stopped: partition 3 at offset 0: version 5 follows 3",
        *(f"problem: {problem}" for problem in problems),
    ]
    printed = json.loads(machine.out)
    assert printed["stopped"] == [{"partition": 3, "offset": 0, "reason": "version 5 follows 3", "behind": None}]
    assert (printed["problems"], printed["ok"]) == (problems, False)


async def test_a_stopped_partition_alone_is_wrong(
    ticketstream: CommandLine, settings: EngineSettings, db: Database
) -> None:
    stopped = {"offset": 0, "reason": "version 5 follows 3", "at": datetime.now(UTC)}
    await db.checkpoints.update_one({"_id": 3}, {"$set": {"stopped": stopped}})
    async with all_living(db, settings):
        outcome = await ticketstream("status")
    assert outcome.code == 1
    assert outcome.out.endswith("stopped: partition 3 at offset 0: version 5 follows 3\n")


async def test_uncounted_restarts_and_unusable_addresses_are_null_in_json(
    ticketstream: CommandLine, settings: EngineSettings, db: Database
) -> None:
    async with living(db, settings, "gateway", "d3dc041acb05", restarts=None, url="http://0.0.0.0:8000"):
        machine = await ticketstream("status", "--json")
    printed = json.loads(machine.out)
    (process,) = printed["processes"]
    assert (printed["url"], process["service"], process["restarts"]) == (None, "gateway", None)


async def test_without_mongodb_it_says_so_and_asks_kafka(ticketstream: CommandLine) -> None:
    outcome = await ticketstream("status", "--mongo", "mongodb://someone:secret@127.0.0.1:1")
    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.out == f"MongoDB: does not answer\nKafka: answers\nproblem: {NO_MONGODB}\n"


async def test_without_both_engines_it_says_so(ticketstream: CommandLine) -> None:
    outcome = await ticketstream("status", "--mongo", "mongodb://127.0.0.1:1", "--kafka", "127.0.0.1:1")
    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.out.splitlines()[2:] == [f"problem: {NO_MONGODB}", f"problem: {NO_KAFKA}"]


async def test_engines_that_accept_connections_and_say_nothing_are_given_up_soon(ticketstream: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=20) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        outcome = await ticketstream("status", "--json", "--mongo", f"mongodb://{address}", "--kafka", address)
        assert (outcome.code, outcome.err) == (1, "")
    printed = json.loads(outcome.out)
    assert [engine["answering"] for engine in printed["engines"]] == [0, 0]
    assert [address in problem for problem in printed["problems"]] == [True, True]


async def test_where_no_service_runs_it_says_how_to_start(ticketstream: CommandLine, settings: EngineSettings) -> None:
    outcome = await ticketstream("status")
    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.out.splitlines()[-1].startswith(
        f"problem: Nothing runs on the database {settings.database}: no service has written a heartbeat "
    )


async def test_a_database_that_was_never_set_up_is_a_problem(ticketstream: CommandLine) -> None:
    ticketstream.environment["TICKETSTREAM_DATABASE"] = "never-set-up"
    outcome = await ticketstream("status")
    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.out.splitlines()[-1] == (
        "problem: The database never-set-up is not set up; run `ticketstream init`."
    )


async def test_without_a_running_stack_it_prints_one_sentence(ticketstream: CommandLine) -> None:
    for engine in ("KAFKA", "MONGO"):
        del ticketstream.environment[f"TICKETSTREAM_{engine}"]
    outcome = await ticketstream("status", "--data", "elsewhere")
    assert (outcome.code, outcome.out) == (1, "")
    assert (
        outcome.err == "No Ticketstream is running in elsewhere; start one with `ticketstream up --data elsewhere`.\n"
    )


UP = (ProcessState(name="mongod", pid=12, state="restarting", restarts=1),)


async def test_while_up_runs_an_engine_that_does_not_answer_is_a_problem_among_others(
    ticketstream: CommandLine, settings: EngineSettings
) -> None:
    away = Stack(
        url="http://127.0.0.1:8080", pid=1, processes=UP, **settings.model_dump() | {"mongo": "mongodb://127.0.0.1:1"}
    )
    for engine in ("KAFKA", "MONGO"):
        del ticketstream.environment[f"TICKETSTREAM_{engine}"]
    folder = ticketstream.folder / ".ticketstream"
    with claim(folder):
        save_stack(folder, away)
        outcome = await ticketstream("status", "--json")
    assert (outcome.code, outcome.err) == (1, "")
    status = Status.model_validate_json(outcome.out)
    assert (status.url, status.processes, status.lag) == ("http://127.0.0.1:8080", UP, None)
    assert status.problems == ("The process mongod is restarting.", NO_MONGODB)


async def test_without_kafka_the_rest_is_shown(
    ticketstream: CommandLine, settings: EngineSettings, db: Database
) -> None:
    await store(db, EVENTS[:10])
    await publish_all(db, settings, 10)
    async with all_living(db, settings):
        outcome = await ticketstream("status", "--kafka", "127.0.0.1:1")
    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.out.splitlines()[6:] == [
        "Kafka: does not answer",
        "lag: 10 events, received at an unknown time",
        f"problem: {NO_KAFKA}",
    ]


async def test_a_service_that_is_silent_is_not_running(settings: EngineSettings, db: Database) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    await db.heartbeats.insert_one({"_id": "gateway", "service": "gateway", "pid": 1, "at": long_ago})
    status = await look_at(given(settings))
    assert status.processes == ()
    assert status.problems[0].startswith("Nothing runs on the database ")
