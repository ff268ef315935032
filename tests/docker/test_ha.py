"""The platform of compose.ha.yml under load: any one container is killed, the others continue, nothing is lost."""

from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from shared.clock import utc_now
from tests.docker.composed import LOGIN, PASSWORD, Composed, composed, run
from tests.support.clients.http import request
from tests.support.clients.pollers import Poller
from tests.support.clients.writers import until_accepted_and_shown, writing
from tests.support.expected.views import until

pytestmark = pytest.mark.docker

OVERLAY = "deploy/compose.ha.yml"
PLACES = [
    {"locationReferenceType": "AgencyLocation", "agencyUid": "7eccba5b-25c6-153f-2feb-7aef9e509123"},
    {"locationReferenceType": "AgencyLocation", "agencyUid": "5ced7e8e-3baa-1cb1-575d-b0e98cf21d5c"},
] * 4
PAUSE = 0.5
GOES_ON_WITHIN = 150.0
BACK_WITHIN = 300.0
PRIMARY = "mongod that is primary"
PARTS = ["kafka", "kafka-2", PRIMARY, "command", "projector", "gateway"]
"""The three brokers are alike: each leads a third of the partitions. Two are killed, so that the killed one has to copy
what it missed before the other one goes."""


@pytest.fixture(scope="module")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Composed]:
    async with composed(OVERLAY, secret=tmp_path_factory.mktemp("secrets")) as running:
        yield running


async def logged_in(platform: Composed) -> str:
    answer = await request("POST", f"{platform.url}/api/v1/login", json={"login": LOGIN, "password": PASSWORD})
    assert answer.status == 200
    cookie: str = answer.headers["Set-Cookie"]
    return cookie.partition(";")[0]


async def one_of(platform: Composed, part: str) -> str:
    """Return the id of a container that runs `part`."""
    if part == PRIMARY:
        asked = ("exec", "-T", "mongo", "mongosh", "--quiet", "--eval", "db.hello().primary")
        part = (await platform.compose(*asked)).partition(":")[0]
    return (await platform.compose("ps", "--quiet", part)).split()[0]


async def is_healthy(container: str) -> bool:
    return (await run("docker", "inspect", "--format", "{{.State.Health.Status}}", container)).strip() == "healthy"


@pytest.mark.parametrize("part", PARTS)
async def test_any_one_container_killed_under_load_loses_nothing(platform: Composed, part: str) -> None:
    cookie, began = await logged_in(platform), utc_now()
    victim = await one_of(platform, part)
    async with writing(platform.url, cookie, PLACES, PAUSE) as writers:
        await until_accepted_and_shown(writers, 3, GOES_ON_WITHIN)
        await run("docker", "kill", "--signal", "KILL", victim)
        await until_accepted_and_shown(writers, 10, GOES_ON_WITHIN)
        await run("docker", "start", victim)
        await until(lambda: is_healthy(victim), BACK_WITHIN)
        await until_accepted_and_shown(writers, 3, GOES_ON_WITHIN)

    fed = defaultdict(list)
    async with aiohttp.ClientSession(platform.url, cookie_jar=aiohttp.DummyCookieJar()) as client:
        for event in (await Poller(client, cookie, 0, began).window(began, utc_now())).events:
            fed[event["aggregateUid"]].append(event["processUid"])
    assert fed == {writer.ticket: writer.accepted for writer in writers}


async def test_every_topic_has_three_copies_of_which_two_must_be_in_step(platform: Composed) -> None:
    topics = "/opt/kafka/bin/kafka-topics.sh --bootstrap-server localhost:9092 --describe"
    said = [
        line
        for line in (await platform.compose("exec", "-T", "kafka", *topics.split())).splitlines()
        if "PartitionCount" in line
    ]
    assert {line.split("\t")[0].removeprefix("Topic: ") for line in said} >= {
        "directory",
        "ticket-events",
        "__consumer_offsets",
    }
    assert all("ReplicationFactor: 3" in line and "min.insync.replicas=2" in line for line in said), said


@pytest.mark.parametrize(
    ("database", "statement", "allowed"),
    [
        ("ticketstream", "db.events.countDocuments()", True),
        ("ticketstream", "db.createUser({user: 'other', pwd: 'x', roles: []})", False),
        ("admin", "db.adminCommand({replSetGetConfig: 1})", False),
        ("elsewhere", "db.things.insertOne({})", False),
    ],
)
async def test_the_services_may_use_only_their_database(
    platform: Composed, database: str, statement: str, *, allowed: bool
) -> None:
    script = (
        f"db = db.getSiblingDB('{database}'); try {{ {statement}; print('done') }} catch (e) {{ print(e.codeName) }}"
    )
    url = (Path(platform.environment["TICKETSTREAM_SECRETS"]) / "ticketstream_mongo").read_text().strip()
    said = await platform.compose("exec", "-T", "mongo", "mongosh", "--quiet", url, "--eval", script)
    assert said.strip() == ("done" if allowed else "Unauthorized")


async def test_without_a_user_nothing_is_read(platform: Composed) -> None:
    script = "try { db.getSiblingDB('ticketstream').events.findOne(); print('read') } catch (e) { print(e.codeName) }"
    said = await platform.compose("exec", "-T", "mongo", "mongosh", "--quiet", "--eval", script)
    assert said.strip() == "Unauthorized"


async def test_without_secrets_it_says_what_to_do() -> None:
    missing = Composed("ticketstream-test-none", 0, ("docker-compose.yml", OVERLAY), {"TICKETSTREAM_SECRETS": ""})
    with pytest.raises(AssertionError, match="run deploy/make-secrets FOLDER"):
        await missing.compose("config")
