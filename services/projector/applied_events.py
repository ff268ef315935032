"""The report of applied events: a line in the log, and the last span of each event's trace."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.projector.folds.batch import Changes
from shared.telemetry import logger
from shared.telemetry.traces import begin, is_recording, trace_of

log = logger(__name__)


@contextmanager
def reporting_applied(changes: Changes) -> Iterator[None]:
    """Report the events of `changes` when the block has committed them, and nothing when it fails."""
    followed = changes.traceparents if is_recording() else ()
    spans = [begin("apply", "consumer", traceparent) for traceparent in followed]
    yield
    events = [line["_id"] for line in changes.journal]
    for span, event in zip(spans, events, strict=False):
        span.end({"messaging.system": "kafka", "messaging.message.id": event})
    if events:
        log.info("events_applied", events=events, traces=[trace_of(each) for each in changes.traceparents])
