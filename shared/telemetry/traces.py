"""Traces: W3C Trace Context follows a command through the services, with optional OpenTelemetry spans.

A `traceparent` is `00-<trace id>-<span id>-<flags>`. Without an address to export spans to, services pass it on
unchanged, or make one for a command without it. Log lines name its trace id in both cases.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from random import getrandbits
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from opentelemetry import trace as otel

Kind = Literal["server", "producer", "consumer"]
"""Kinds of spans: an HTTP request answered, a record written, a record applied."""
EXPORTED_WITHIN = 3.0
"""Seconds in which the receiver must accept a group of spans. Later the group is dropped."""
LAST_SECONDS = 5.0
"""Seconds that a process waits at its end for the export of its last spans."""
LENGTH = 55
UNSAMPLED = "00"

_VALID = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)")
_current: "ContextVar[Span | None]" = ContextVar("span", default=None)
_tracer: "otel.Tracer | None" = None


def readable(traceparent: str | None) -> str | None:
    """Return a valid `traceparent` in the form of version 00, or None for an invalid one, which starts a new trace."""
    if traceparent is None or not _VALID.match(traceparent):
        return None
    if traceparent.startswith("00") and len(traceparent) > LENGTH:
        return None
    return f"00{traceparent[2:LENGTH]}"


def trace_of(traceparent: str | None) -> str | None:
    """Return the id of the trace, 32 hexadecimal digits, or None."""
    return traceparent and traceparent[3:35]


def current() -> str | None:
    """Return the `traceparent` of the request in work, or None."""
    span = _current.get()
    return span.traceparent if span else None


class Span:
    """A step of a trace. The next steps continue its `traceparent`. Within `with span`, it is the current one.

    Without a `traceparent`, it starts a new trace, whose id is made when it is first asked for: most reads need none.
    """

    __slots__ = ("_before", "_recorded", "_traceparent")

    def __init__(self, traceparent: str | None, recorded: "otel.Span | None" = None) -> None:
        self._traceparent = traceparent
        self._recorded = recorded

    @property
    def traceparent(self) -> str:
        """Return the `traceparent` that the next steps continue."""
        if self._traceparent is None:
            self._traceparent = _fresh()
        return self._traceparent

    def __enter__(self) -> Self:
        self._before = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._before)

    def end(self, facts: Mapping[str, str | int]) -> None:
        """End the step, with facts under OpenTelemetry's names. They must not contain personal data."""
        if self._recorded:
            self._recorded.set_attributes(facts)
            self._recorded.end()


def is_recording() -> bool:
    """Return whether spans are exported."""
    return _tracer is not None


def begin(name: str, kind: Kind, parent: str | None) -> Span:
    """Start a step that continues `parent`, a valid `traceparent`, or starts a new trace."""
    if _tracer is None:
        return Span(parent)
    return _recorded(_tracer, name, kind, parent)


def _fresh() -> str:
    trace, span = getrandbits(128), getrandbits(64)  # they are no secrets; a system call would cost more
    return f"00-{trace:032x}-{span:016x}-{UNSAMPLED}"


def _recorded(tracer: "otel.Tracer", name: str, kind: Kind, parent: str | None) -> Span:
    from opentelemetry import trace  # noqa: PLC0415 - the import costs nothing unless spans are exported

    context = None
    if parent:
        given = trace.SpanContext(
            trace_id=int(parent[3:35], 16),
            span_id=int(parent[36:52], 16),
            is_remote=True,
            trace_flags=trace.TraceFlags(int(parent[53:], 16)),
        )
        context = trace.set_span_in_context(trace.NonRecordingSpan(given))
    span = tracer.start_span(name, context, kind=trace.SpanKind[kind.upper()])
    own = span.get_span_context()
    return Span(f"00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags:02x}", span)


@asynccontextmanager
async def exported(service: str, instance: str, endpoint: str | None) -> AsyncIterator[None]:
    """Export the spans of this process to the OTLP receiver at `endpoint` over HTTP. With None, do nothing.

    OpenTelemetry's own variables configure the rest, such as OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS.
    """
    global _tracer  # noqa: PLW0603 - like metrics, there is one per process
    if endpoint is None:
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {"service.name": f"ticketstream-{service}", "service.instance.id": instance}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORTED_WITHIN)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("ticketstream")
    try:
        yield
    finally:
        _tracer = None
        ending = Thread(target=provider.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, LAST_SECONDS)
