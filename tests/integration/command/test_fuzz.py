"""Fuzzing: every answer follows the contract, never 5xx, every 4xx in its shape, and the process survives."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contract import TicketEventErrorType
from tests.integration.command.command_platform import OPEN, Services, fresh, put
from tests.support.clients.wire import Input, Output, exchange, wires
from tests.support.data.mutations import NEARLY_A_COMMAND
from tests.support.data.refusal_cases import ASSIGNED, DEADLINE_DEFINED, OPENED
from tests.support.processes.logs import has_failure

EXAMPLES = [(30, 30), pytest.param(300, 210, marks=pytest.mark.long)]
"""Examples of almost valid requests, and of random bodies. Some run with every `make test`, twenty thousand inputs with
`make test-long`."""
TOGETHER = 40
"""Inputs of one example."""
CONNECTIONS = 8
STEADY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)

PATHS = [b"", b"/", b"/no-uid", b"/%ff", b"/%00", b"/" + b"a" * 10_000, b"?a=b", b"/..", b"//", b"/a/b", b";x", b"/%zz"]
METHODS = [b"GET", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"POST", b"PATCH"]
CONTENT_TYPES = [
    b"text/plain",
    b"",
    b";",
    b"application/json; charset=utf-16",
    b"APPLICATION/JSON",
    b"\xff\xfe",
    b"a" * 9_000,
]
COOKIES = [
    b"",
    b"PI_SESSION",
    b"PI_SESSION=",
    b"=;=;=",
    b"PI_SESSION=\xff\xfe",
    b"; " * 2_000,
    b"PI_SESSION=" + b"a" * 20_000,
]
HEADERS = [
    (b"Accept", b"text/html"),
    (b"X-\xc3\xa9", b"1"),
    (b"Accept-Encoding", b"\xff"),
    (b"Transfer-Encoding", b"identity"),
    (b"Content-Encoding", b"gzip"),
    (b"Expect", b"100-continue"),
    (b"Forwarded", b"for=x"),
    (b"Origin", b"null"),
    (b"traceparent", b"00-" + b"z" * 55),
    (b"X-HTTP-Method-Override", b"DELETE"),
    (b"Long", b"x" * 30_000),
]
PIECES = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'"',
        b"\\",
        b" ",
        b"null",
        b"true",
        b"1",
        b"-",
        b"e9",
        b".",
        b"\xff",
        b"\0",
        b"\n",
    ),
    *(b'{"commandType":"', b'AddMessage"', b'"processUid":', b'"0c53f4c1-7cbc-54f5-a1c0-ae8391f87165"', b'"message":'),
    *(b"\\u0000", b"\\ud800", b"NaN", b"\xef\xbb\xbf", b"\xc3\xa9", b'"operator":{', b"2016-08-25T20:45:00.000+02:00"),
]


Oddity = Callable[[Input], Input]


def _header(name: bytes, value: bytes) -> Oddity:
    """Add a header, or replace all headers of its name."""
    return lambda usual: replace(usual, headers=[*(pair for pair in usual.headers if pair[0] != name), (name, value)])


def _method(method: bytes) -> Oddity:
    return lambda usual: replace(usual, method=method)


def _path(path: bytes) -> Oddity:
    return lambda usual: replace(usual, path=OPEN.encode() + path)


ODDITIES: list[Oddity] = [
    *map(_method, METHODS),
    *map(_path, PATHS),
    *(_header(b"Content-Type", value) for value in CONTENT_TYPES),
    *(_header(b"Cookie", value) for value in COOKIES),
    *(_header(name, value) for name, value in HEADERS),
]


def as_usual(usual: Input) -> Input:
    return usual


def requests(session: bytes, ticket: str) -> st.SearchStrategy[Input]:
    """Build requests that are almost valid commands, mostly of a user who may send them, to the right path."""

    def build(nearly: tuple[str, bytes], oddity: Oddity) -> Input:
        name, body = nearly
        opens = name == "OpenTicket"
        method, path = (b"POST", OPEN.encode()) if opens else (b"PATCH", f"{OPEN}/{ticket}".encode())
        return oddity(Input(method, path, [(b"Cookie", session)], body))

    return st.builds(build, NEARLY_A_COMMAND, st.sampled_from([*[as_usual] * 3 * len(ODDITIES), *ODDITIES]))


def raw_bodies(session: bytes, ticket: str) -> st.SearchStrategy[Input]:
    """Build commands whose body is random bytes, or pieces of JSON in random order."""
    path = f"{OPEN}/{ticket}".encode()
    pieces = st.lists(st.sampled_from(PIECES), max_size=16).map(b"".join)
    return st.one_of(st.binary(max_size=60), pieces).map(
        lambda body: Input(b"PATCH", path, [(b"Cookie", session)], body)
    )


def check(sent: Input, answer: Output) -> None:
    """Check an answer against the contract."""
    assert answer.status in (200, 201, 400, 401, 403, 404, 405, 406, 413), (sent, answer)
    if answer.status < 300:
        assert answer.headers["ticket-version"]
        assert len(json.loads(answer.body)["events"]) == 1
    elif sent.method == b"HEAD" or answer.status == 401 or (answer.status == 403 and not answer.body):
        assert answer.body == b""
    else:
        fields = json.loads(answer.body)
        assert fields.keys() == {"errorType", "message"}
        assert answer.headers["content-type"] == "application/json"
        expected = {403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed", 406: "NotAcceptable", 413: "TooLarge"}
        if answer.status == 400:
            assert fields["errorType"] in (*get_args(TicketEventErrorType), "BadRequest"), (sent, answer)
        else:
            assert fields["errorType"] == expected[answer.status]


@pytest.mark.parametrize(("requested", "random"), EXAMPLES, ids=["some", "all"])
async def test_no_request_makes_the_service_fail(commands: Services, requested: int, random: int) -> None:
    life = await put(commands.db, OPENED, ASSIGNED, DEADLINE_DEFINED)
    ticket, session = life[0].ticket, commands.cookies["all"].encode()
    statuses: Counter[int] = Counter()

    with wires(commands.urls[0], CONNECTIONS) as connections:

        def send(inputs: list[Input]) -> None:
            for sent, answer in exchange(connections, inputs):
                check(sent, answer)
                statuses[answer.status] += 1

        nearly = st.lists(requests(session, ticket), min_size=TOGETHER, max_size=TOGETHER)
        anything = st.lists(raw_bodies(session, ticket), min_size=TOGETHER, max_size=TOGETHER)
        settings(STEADY, max_examples=requested)(given(nearly)(send))()
        settings(STEADY, max_examples=random)(given(anything)(send))()

    print(f"{statuses.total()} inputs: {dict(sorted(statuses.items()))}")  # shows what was sent
    assert statuses.total() >= TOGETHER * (requested + random) * 0.9
    assert set(statuses) == {200, 201, 400, 401, 403, 404, 405, 406, 413}
    await still_well(commands)


async def test_bytes_that_are_no_http_are_refused_and_forgotten(commands: Services) -> None:
    @settings(STEADY, max_examples=300)
    @given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=3))
    def send(chunks: list[bytes]) -> None:
        with wires(commands.urls[0], 1) as (wire,):
            answered = wire.converse(chunks)
        assert answered == b"" or answered.startswith(b"HTTP/1.1 4"), answered

    send()
    await still_well(commands)


async def still_well(commands: Services) -> None:
    """Check that the service still accepts commands and has logged no failure."""
    ticket = await commands.opened()
    assert (await commands.ask("PATCH", f"{OPEN}/{ticket}", data=b"{}")).status == 400
    assert fresh() != ticket
    assert not has_failure(commands.logs[0].read_text())
