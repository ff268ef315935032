"""A command keeps its trace from the client's request to the views: in spans, in the topic, and in every log."""

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from shared.kafka import ConsumerRecord
from shared.mongo import connected
from shared.process.settings import EngineSettings
from shared.telemetry.traces import readable, trace_of
from tests.support.data.contract_examples import command
from tests.support.data.tickets import AT_NORTH
from tests.support.engines.chosen_engines import Engines
from tests.support.engines.topic import until_relayed
from tests.support.expected.views import until
from tests.support.measures.otlp import ReceivedSpan, Receiver, receiver
from tests.support.processes.running_stack import CREDENTIALS, options_for, running_in, with_a_user_and_an_agency

TICKET = "7eccba5b-25c6-453f-8feb-7aef9e509000"
PATH = "/api/vEvent/tickets"
SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE, CLIENTS_SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@dataclass(frozen=True, slots=True)
class Traced:
    """A stack, its folder, its engines, and the receiver of its spans."""

    url: str
    folder: Path
    engines: EngineSettings
    spans: Receiver

    async def send(self, sent: dict[str, object], ticket: str | None = None, **headers: str) -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar, timeout=aiohttp.ClientTimeout(20)) as client:
            async with client.post("/api/v1/login", json=CREDENTIALS) as answer:
                assert answer.status == 200
            way = client.patch(f"{PATH}/{ticket}", json=sent, headers=headers) if ticket else None
            async with way or client.post(PATH, json=sent, headers=headers) as answer:
                assert answer.status in (200, 201), await answer.text()

    async def said(self, service: str, event: str) -> list[dict[str, object]]:
        """Return the lines about `event` in a service's log, once there are any."""
        found: list[dict[str, object]] = []

        async def written() -> bool:
            complete = (self.folder / "logs" / f"{service}-1.log").read_text().rpartition("\n")[0]
            found[:] = [line for line in map(json.loads, complete.splitlines()) if line["event"] == event]
            return bool(found)

        await until(written)
        return found


@pytest.fixture(scope="module")
async def stack(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Traced]:
    folder, name = tmp_path_factory.mktemp("traced"), f"traced-{secrets.token_hex(6)}"
    settings = EngineSettings(kafka=engines.kafka, mongo=engines.mongo, database=name, topic_prefix=f"{name}.")
    options, environment = options_for(settings)
    async with receiver() as spans:
        environment["TICKETSTREAM_OTLP_ENDPOINT"] = spans.url
        async with running_in(folder, *options, environment=environment) as (_, url):
            await with_a_user_and_an_agency(folder)
            yield Traced(url, folder, settings, spans)
    async with connected(engines.mongo) as client:
        await client.drop_database(name)


@pytest.fixture(scope="module")
async def steps(stack: Traced) -> dict[str, ReceivedSpan]:
    """Open a ticket in the client's trace; return the trace's spans by the service that made them."""
    await stack.send(command("OpenTicket", aggregateUid=TICKET, locationRef=AT_NORTH), traceparent=SAMPLED)

    def taken() -> dict[str, ReceivedSpan]:
        own = [span for span in stack.spans.spans if span.trace == TRACE]
        return {f"{span.service.removeprefix('ticketstream-')} {span.name.split()[0]}": span for span in own}

    async def all_came() -> bool:
        return len(taken()) == 4

    await until(all_came)
    return taken()


async def header(stack: Traced, event: str) -> str:
    def headers(record: ConsumerRecord) -> dict[str, bytes]:
        return dict(record.headers)

    records = await until_relayed(stack.engines, {event})
    return next(headers(each)["traceparent"].decode() for each in records if headers(each)["ce_id"].decode() == event)


def test_each_step_continues_the_one_before(steps: dict[str, ReceivedSpan]) -> None:
    gateway, taken = steps["gateway POST"], steps["command POST"]
    published, applied = steps["command publish"], steps["projector apply"]
    parents = [gateway.parent, taken.parent, published.parent, applied.parent]
    assert parents == [CLIENTS_SPAN, gateway.id, taken.id, published.id]
    assert gateway.facts == {"http.request.method": "POST", "http.route": PATH, "http.response.status_code": 201}
    assert applied.facts["messaging.message.id"] == f"{TICKET}:1"


async def test_records_of_the_topic_carry_the_trace(stack: Traced, steps: dict[str, ReceivedSpan]) -> None:
    assert await header(stack, f"{TICKET}:1") == f"00-{TRACE}-{steps['command publish'].id}-01"


async def test_logs_name_events_with_their_traces(stack: Traced, steps: dict[str, ReceivedSpan]) -> None:
    assert steps
    for service, fact in (("command", "events_appended"), ("projector", "events_applied")):
        lines = await stack.said(service, fact)
        assert {"events": [f"{TICKET}:1"], "traces": [TRACE]}.items() <= lines[0].items()


async def test_a_request_that_names_no_trace_begins_one(stack: Traced, steps: dict[str, ReceivedSpan]) -> None:
    assert steps
    sent = command("AddMessage", processUid="7eccba5b-25c6-453f-8feb-7aef9e509001")
    await stack.send(sent, TICKET, traceparent="nonsense")
    trace = trace_of(readable(await header(stack, f"{TICKET}:2")))
    assert trace not in (None, TRACE)

    async def all_came() -> bool:
        return [span.trace for span in stack.spans.spans].count(trace or "") == 4

    await until(all_came)


async def test_a_refusal_is_logged_with_its_trace_and_its_ticket(stack: Traced) -> None:
    with pytest.raises(AssertionError, match="CommandAlreadySent"):
        await stack.send(command("OpenTicket", aggregateUid=TICKET, locationRef=AT_NORTH), traceparent=SAMPLED)
    (line,) = await stack.said("command", "command_refused")
    assert (line["ticket"], line["trace"], line["error"]) == (TICKET, TRACE, "CommandAlreadySent")
