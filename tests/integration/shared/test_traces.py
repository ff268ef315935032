"""Export of spans to a receiver, and a process whose receiver is away."""

import asyncio

from shared.telemetry.traces import LAST_SECONDS, begin, exported, is_recording
from tests.support.clients.http import refusing_url
from tests.support.data.tickets import TRACEPARENT
from tests.support.measures.otlp import receiver

SAMPLED = TRACEPARENT[:-1] + "1"


async def test_spans_are_exported_before_the_process_ends() -> None:
    async with receiver() as receiving:
        async with exported("command", "command-1", receiving.url):
            begin("publish", "producer", SAMPLED).end({"messaging.system": "kafka"})
            begin("publish", "producer", TRACEPARENT).end({})
        (span,) = receiving.spans
    assert (span.service, span.name, span.parent) == ("ticketstream-command", "publish", SAMPLED[36:52])
    assert span.facts == {"messaging.system": "kafka"}
    assert not is_recording()


async def test_a_process_ends_although_the_receiver_is_away() -> None:
    with refusing_url() as url:
        async with asyncio.timeout(LAST_SECONDS + 5), exported("command", "command-1", url):
            span = begin("publish", "producer", SAMPLED)
            span.end({})
    assert span.traceparent[:36] == SAMPLED[:36]
