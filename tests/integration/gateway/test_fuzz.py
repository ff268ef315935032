"""Fuzzing: every answer follows the contract, never 5xx, every 4xx in its shape, and the gateway survives."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random
from urllib.parse import quote_from_bytes

import pytest

from shared.storage.checkpoints import NEVER
from tests.integration.gateway.gateway_platform import Platform
from tests.support.clients.wire import Input, Output, exchange, wires
from tests.support.data.directory import NORTH, SOUTH
from tests.support.expected.views import store_tickets

REQUESTS = [2_000, pytest.param(20_000, marks=pytest.mark.long)]
"""Some run with every `make test`, all with `make test-long`."""
CONNECTIONS = 8
TICKET = "00000001-b7ca-18f6-d5f3-3dfbcbaee1a2"

FEED = b"/api/vEvent/tickets"
PATHS = [
    b"/api/v1/tickets",
    b"/api/v1/tickets/stats",
    b"/api/v1/tickets/export",
    FEED,
    f"/api/v1/tickets/{TICKET}".encode(),
    b"/api/v1/me",
    b"/api/v1/agencies",
    b"/api/v1/patrimonies",
]
ODD_PATHS = [b"/", *(b"/api/v1/tickets/" + odd for odd in (b"", b"%ff", b"%00", b"a" * 9_000))]
WINDOW = b"from=2016-05-26T00:00:00Z&to=2016-05-27T00:00:00Z"
ODD_METHODS = [b"HEAD", b"OPTIONS", b"DELETE", b"PUT", b"TRACE"]
ODD_HEADERS = [
    (b"Cookie", b""),
    (b"Cookie", b"PI_SESSION=\xff\xfe"),
    (b"Cookie", b"PI_SESSION=" + b"a" * 20_000),
    (b"Authorization", b"Basic \xff"),
    (b"Authorization", b""),
    (b"Authorization", b"Bearer \xff"),
    (b"If-Ticket-Version", b"\xff"),
    (b"If-Ticket-Version", f"{TICKET}:1".encode()),
    (b"If-Ticket-Version", f"{TICKET}:-1".encode()),
    (b"Accept-Encoding", b"identity, \xff"),
    (b"Accept", b"text/html"),
    (b"Content-Type", b"application/json"),
    (b"Range", b"bytes=0-1"),
    (b"Long", b"x" * 30_000),
]
FITTING = {
    b"range": b"0-9 5-5 0-99999 20-40".split(),
    b"agency": [NORTH.encode(), SOUTH.encode().upper()],
    b"status": [b"OPENED", b"CLOSED"],
    b"location": [b"Paris", b"paris,nice"],
    b"from": [b"2016-05-26", b"2016-05-01"],
    b"to": [b"2016-05-26", b"2016-05-27"],
    b"callpurpose": [b"Leak", b"leak%2C+none"],
    b"activeproviders": [TICKET.encode()],
    b"query": [b"nor", b"zer319", b"n,o"],
    b"fulltext": [b"leak", b"lift+stuck", b"li,lea"],
}
ODD_NAMES = [b"unknown", b"", b"%00", b"$where", b"range%00", b"%zz", b"agency[$ne]"]
ODD = [
    *b", %2C + %00 % %zz %ff %ed%a0%80 & = # ; \xc3\xa9 \xff .* ( [ ^a a{99999} (a%2B)%2B$ $gt %5C %5Cx * ' \"".split(),
    *b"-1 1-0 9- - 0-0-0 99999999999999999999-99999999999999999999 1e9-2e9 %D9%A0-%D9%A1 2016-02-30 0000-00-00".split(),
    *b"9999-12-31 0001-01-01 9999-12-31T23:59:59.999Z 2016-05-26T25:00:00Z {$ne:1}".split(),
    *(b"", b"x" * 10_000, b"a," * 3_000, b"word+" * 1_500, NORTH.encode() + b"," * 50, b"%C3%A9" * 1_000),
]


@pytest.fixture(scope="module", autouse=True)
async def views(platform: Platform) -> AsyncIterator[None]:
    """Store some tickets and events, in closed windows of the feed."""
    db, created = platform.db, datetime(2016, 5, 26, 10, tzinfo=UTC)
    searched = {"words": ["leak", "lift", "stuck"], "texts": ["lift stuck", "leak"]}
    ticket = {"version": 2, "created": created, "day": "2016-05-26", "status": "OPENED", "agencies": [NORTH]}
    texts = {"town": "paris", "purpose": "leak", "commented": 9}
    rendered = texts | {"item": b"{}", "head": b'{"a":1}', "export": b'{"a":1}'}
    uids = [f"{number:08d}{TICKET[8:]}" for number in range(30)]
    await store_tickets(db, [{"_id": uid} | ticket | rendered | searched for uid in uids])
    line = {"agencies": [NORTH], "sent": created, "date": created, "day": "2016-05-26", "event": b"{}"}
    commentary = {"entry": b'{"data":{"message":', "commentary": b'{"message":', "message": b'"leak"'} | searched
    await db.journal.insert_many(
        {"_id": f"{uid}:2", "ticket": uid, "version": 2, "process": uid} | line | commentary for uid in uids
    )
    await db.checkpoints.update_many({}, {"$set": {"feedUntil": datetime(9999, 1, 1, tzinfo=UTC)}})
    yield
    await db.tickets.delete_many({})
    await db.stats.delete_many({})
    await db.journal.delete_many({})
    await db.checkpoints.update_many({}, {"$set": {"feedUntil": NEVER}})


def request(chance: Random, session: bytes) -> Input:
    """Generate a read: normal and unusual parameters, sometimes with an unusual path or method."""

    def pair() -> bytes:
        anything = quote_from_bytes(chance.randbytes(chance.randrange(12))).encode()
        name = chance.choice([*FITTING] * 4 + ODD_NAMES)
        fitting = chance.choice(FITTING.get(name, ODD))
        return name + b"=" + chance.choice([fitting] * 6 + [chance.choice(ODD), anything])

    path = chance.choice([*PATHS * 6, *ODD_PATHS])
    window = [WINDOW] if path == FEED and chance.random() < 0.5 else []
    query = b"&".join([*window, *(pair() for _ in range(chance.randrange(4)))])
    headers = chance.sample(ODD_HEADERS, chance.choice([0, 0, 1, 2]))
    if all(name != b"Cookie" for name, _ in headers):
        headers.append((b"Cookie", session))
    written = (path + b"?" + query).replace(b"#", b"%23").replace(b" ", b"+")
    return Input(chance.choice([b"GET"] * 20 + ODD_METHODS), written, headers, b"")


def check(sent: Input, answer: Output) -> None:
    """Check an answer against the contract."""
    if sent.path.partition(b"?")[0] == b"/" and answer.status == 303:
        return  # to the console
    assert answer.status in (200, 206, 400, 401, 404, 405, 431), (sent, answer)
    if sent.method == b"HEAD" or answer.status == 401:
        assert answer.body == b""
    elif answer.status < 300:
        json.loads(answer.body)
    else:
        assert json.loads(answer.body).keys() == {"errorType", "message"}, (sent, answer)
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("count", REQUESTS)
async def test_no_request_makes_the_gateway_fail(platform: Platform, count: int) -> None:
    session = platform.cookies["all"].encode()
    statuses: Counter[int] = Counter()
    chance = Random(20160526)  # noqa: S311 - the same requests in every run
    with wires(platform.url, CONNECTIONS) as connections:
        for sent, answer in exchange(connections, [request(chance, session) for _ in range(count)]):
            check(sent, answer)
            statuses[answer.status] += 1
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")  # shows what was sent
    assert statuses.total() == count
    assert set(statuses) == {200, 206, 303, 400, 401, 404, 405, 431}
    assert (await platform.ask("/api/v1/tickets?range=0-9")).status == 206
