"""Spans on their way to a receiver, and what a process does when there is none."""

import asyncio

from shared.telemetry.traces import LAST_SECONDS, begin, exported, is_recording
from tests.support.http import refusing_url
from tests.support.otlp import receiver
from tests.support.tickets import TRACEPARENT

SAMPLED = TRACEPARENT[:-1] + "1"


async def test_spans_of_one_that_ends_are_sent_before_it_does() -> None:
    async with receiver() as receiving:
        async with exported("command", "command-1", receiving.url):
            begin("publish", "producer", SAMPLED).end({"messaging.system": "kafka"})
            begin("publish", "producer", TRACEPARENT).end({})
        (span,) = receiving.spans
    assert (span.service, span.name, span.parent) == ("ticketstream-command", "publish", SAMPLED[36:52])
    assert span.facts == {"messaging.system": "kafka"}
    assert not is_recording()


async def test_a_receiver_that_is_away_keeps_nobody_from_ending() -> None:
    with refusing_url() as url:
        async with asyncio.timeout(LAST_SECONDS + 5), exported("command", "command-1", url):
            span = begin("publish", "producer", SAMPLED)
            span.end({})
    assert span.traceparent[:36] == SAMPLED[:36]
