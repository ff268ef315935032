"""Whatever is asked for, the answer is the contract's: never 5xx, every 4xx in its shape, and the gateway lives."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random
from urllib.parse import quote_from_bytes

import pytest

from shared.schema import NEVER
from tests.integration.gateway.running import Platform
from tests.support.directory import NORTH, SOUTH
from tests.support.wire import Input, Output, exchange, wires

AT_LEAST = 20_000
CONNECTIONS = 8
TICKET = "00000001-b7ca-18f6-d5f3-3dfbcbaee1a2"

PATHS = [
    b"/api/v1/tickets",
    b"/api/v1/tickets/stats",
    b"/api/v1/tickets/export",
    b"/api/vEvent/tickets",
    f"/api/v1/tickets/{TICKET}".encode(),
]
ODD_PATHS = [b"/", *(b"/api/v1/tickets/" + odd for odd in (b"", b"%ff", b"%00", b"a" * 9_000))]
WINDOW = b"&from=2016-05-26T00:00:00Z&to=2016-05-27T00:00:00Z"
ODD_METHODS = [b"HEAD", b"OPTIONS", b"DELETE", b"PUT", b"TRACE"]
ODD_HEADERS = [
    (b"Cookie", b""),
    (b"Cookie", b"PI_SESSION=\xff\xfe"),
    (b"Cookie", b"PI_SESSION=" + b"a" * 20_000),
    (b"If-Ticket-Version", b"\xff"),
    (b"If-Ticket-Version", f"{TICKET}:1".encode()),
    (b"If-Ticket-Version", f"{TICKET}:-1".encode()),
    (b"Accept-Encoding", b"identity, \xff"),
    (b"Accept", b"text/html"),
    (b"Content-Type", b"application/json"),
    (b"Range", b"bytes=0-1"),
    (b"Long", b"x" * 30_000),
]
NAMES = [
    *(b"range", b"agency", b"status", b"location", b"from", b"to", b"callpurpose", b"activeproviders", b"fulltext"),
    *(b"unknown", b"", b"%00", b"$where", b"range%00", b"%zz", b"agency[$ne]"),
]
USUAL = [
    *(b"0-9", b"5-5", b"0-99999", b"OPENED", b"CLOSED", NORTH.encode(), SOUTH.encode(), b"Paris", b"paris,nice"),
    *(
        b"2016-05-26",
        b"2016-05-01",
        b"2016-05-26T10:00:00.000Z",
        b"2016-05-25T00:00:00Z",
        b"leak",
        b"lift+stuck",
        b"li",
    ),
]
ODD = [
    *(
        b"",
        b",",
        b"%2C",
        b"+",
        b"%00",
        b"%",
        b"%zz",
        b"%ff",
        b"%ed%a0%80",
        b"&",
        b"=",
        b"#",
        b";",
        b"\xc3\xa9",
        b"\xff",
    ),
    *(b".*", b"(", b"[", b"^a", b"a{99999}", b"(a%2B)%2B$", b"$gt", b'{"$ne":1}', b"%5C", b"%5Cx", b"*", b"'", b'"'),
    *(b"-1", b"1-0", b"9-", b"-", b"0-0-0", b"99999999999999999999-99999999999999999999", b"1e9-2e9", b"%D9%A0-%D9%A1"),
    *(b"2016-02-30", b"0000-00-00", b"9999-12-31", b"0001-01-01", b"9999-12-31T23:59:59.999Z", b"2016-05-26T25:00:00Z"),
    *(b"x" * 10_000, b"a," * 3_000, b"word+" * 1_500, NORTH.encode() + b"," * 50, b"%C3%A9" * 1_000, b"%CC%81" * 500),
]


@pytest.fixture(scope="module", autouse=True)
async def views(platform: Platform) -> AsyncIterator[None]:
    """Have some tickets and events, in windows of the feed that are closed."""
    db, created = platform.db, datetime(2016, 5, 26, 10, tzinfo=UTC)
    searched = {"words": ["leak", "lift", "stuck"], "texts": ["lift stuck", "leak"]}
    ticket = {"version": 2, "created": created, "day": "2016-05-26", "status": "OPENED", "agencies": [NORTH]}
    texts = {"town": "paris", "purpose": "leak", "commented": 9}
    rendered = texts | {"item": b"{}", "head": b'{"a":1}', "export": b'{"a":1}'}
    uids = [f"{number:08d}{TICKET[8:]}" for number in range(30)]
    await db.tickets.insert_many({"_id": uid} | ticket | rendered | searched for uid in uids)
    line = {"agencies": [NORTH], "sent": created, "late": None, "date": created, "day": "2016-05-26", "event": b"{}"}
    commentary = {"entry": b'{"data":{"message":', "commentary": b'{"message":', "message": b'"leak"'} | searched
    await db.journal.insert_many(
        {"_id": f"{uid}:2", "ticket": uid, "version": 2, "process": uid} | line | commentary for uid in uids
    )
    await db.checkpoints.update_many({}, {"$set": {"feedUntil": datetime(9999, 1, 1, tzinfo=UTC)}})
    yield
    await db.tickets.delete_many({})
    await db.journal.delete_many({})
    await db.checkpoints.update_many({}, {"$set": {"feedUntil": NEVER}})


def request(chance: Random, session: bytes) -> Input:
    """Make a read up: usual and odd parameters, sometimes to an odd place or in an odd way."""

    def value() -> bytes:
        anything = quote_from_bytes(chance.randbytes(chance.randrange(12))).encode()
        return chance.choice([chance.choice(USUAL), chance.choice(USUAL), chance.choice(ODD), anything])

    def pair() -> bytes:
        name = chance.choice([chance.choice(NAMES[:9]), chance.choice(NAMES)])
        return name + b"=" + b",".join(value() for _ in range(chance.randint(1, 3)))

    path = chance.choice([*PATHS * 6, *ODD_PATHS])
    query = b"&".join(pair() for _ in range(chance.randrange(5))) + chance.choice([b"", WINDOW])
    headers = chance.sample(ODD_HEADERS, chance.choice([0, 0, 1, 2]))
    if all(name != b"Cookie" for name, _ in headers):
        headers.append((b"Cookie", session))
    written = (path + b"?" + query).replace(b"#", b"%23").replace(b" ", b"+")
    return Input(chance.choice([b"GET"] * 20 + ODD_METHODS), written, headers, b"")


def check(sent: Input, answer: Output) -> None:
    """Hold an answer against the contract."""
    assert answer.status in (200, 206, 400, 401, 404, 405), (sent, answer)
    if sent.method == b"HEAD" or answer.status == 401:
        assert answer.body == b""
    elif answer.status < 300:
        json.loads(answer.body)
    else:
        assert json.loads(answer.body).keys() == {"errorType", "message"}, (sent, answer)
        assert answer.headers["content-type"] == "application/json"


async def test_nothing_that_is_asked_makes_the_gateway_fail(platform: Platform) -> None:
    session = platform.cookies["all"].encode()
    statuses: Counter[int] = Counter()
    chance = Random(20160526)  # noqa: S311 - the same requests in every run
    with wires(platform.url, CONNECTIONS) as connections:
        for sent, answer in exchange(connections, [request(chance, session) for _ in range(AT_LEAST)]):
            check(sent, answer)
            statuses[answer.status] += 1
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")  # what was sent, for whoever reads the run
    assert statuses.total() >= AT_LEAST
    assert set(statuses) == {200, 206, 400, 401, 404, 405}
    assert (await platform.ask("/api/v1/tickets?range=0-9")).status == 206
