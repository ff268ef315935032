"""A command's way through the services under one id: W3C Trace Context, and OpenTelemetry's spans where asked for.

A `traceparent` is `00-<trace id>-<span id>-<flags>`. Without an address to export spans to, it is passed on as it came,
or made where a command comes without one: log lines name its trace either way.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from threading import Thread
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from opentelemetry import trace as otel

Kind = Literal["server", "producer", "consumer"]
"""What a span is: an HTTP request answered, a record written, a record applied."""
EXPORTED_WITHIN = 3.0
"""Seconds that the receiver of spans has to take a group of them; what it does not take is dropped."""
LAST_SECONDS = 5.0
"""How long a process that ends waits for its last spans to be taken."""
LENGTH = 55
UNSAMPLED = "00"

_VALID = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)
_tracer: "otel.Tracer | None" = None


def readable(traceparent: str | None) -> str | None:
    """Give a valid `traceparent` in its first version's form, and None for what is none: a trace then begins anew."""
    if traceparent is None or not _VALID.match(traceparent):
        return None
    if traceparent.startswith("00") and len(traceparent) > LENGTH:
        return None
    return f"00{traceparent[2:LENGTH]}"


def trace_of(traceparent: str | None) -> str | None:
    """Give the id of the trace, 32 hexadecimal digits."""
    return traceparent and traceparent[3:35]


def current() -> str | None:
    """Give the `traceparent` of the request that is being answered."""
    return _current.get()


class Span:
    """A step of a trace; what comes after it continues `traceparent`."""

    __slots__ = ("_recorded", "traceparent")

    def __init__(self, traceparent: str, recorded: "otel.Span | None" = None) -> None:
        self.traceparent = traceparent
        self._recorded = recorded

    def end(self, facts: Mapping[str, str | int]) -> None:
        """Say that the step is done, with facts under OpenTelemetry's names for them; none may tell of people."""
        if self._recorded:
            self._recorded.set_attributes(facts)
            self._recorded.end()


def is_recording() -> bool:
    """Tell whether spans go anywhere."""
    return _tracer is not None


def begin(name: str, kind: Kind, parent: str | None) -> Span:
    """Begin a step that continues the valid `traceparent` given as `parent`, or a trace of its own."""
    if _tracer is None:
        return Span(parent or _fresh())
    return _recorded(_tracer, name, kind, parent)


def _fresh() -> str:
    digits = os.urandom(24).hex()
    return f"00-{digits[:32]}-{digits[32:]}-{UNSAMPLED}"


@contextmanager
def answering(name: str, parent: str | None) -> Iterator[Span]:
    """Make a request's step the current one for the block; the block ends it."""
    span = begin(name, "server", parent)
    token = _current.set(span.traceparent)
    try:
        yield span
    finally:
        _current.reset(token)


def _recorded(tracer: "otel.Tracer", name: str, kind: Kind, parent: str | None) -> Span:
    from opentelemetry import trace  # noqa: PLC0415 - nobody who exports nothing pays for it

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
    """Send the spans of this process to the OTLP receiver at `endpoint` over HTTP, if there is one.

    OpenTelemetry's own variables hold for the rest, as OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS.
    """
    global _tracer  # noqa: PLW0603 - as metrics: there is one for the process
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
