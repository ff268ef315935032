"""A receiver of traces, like OpenTelemetry's collector: OTLP over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span and the service that sent it."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    facts: dict[str, str | int]


@dataclass(slots=True)
class Receiver:
    """The received spans, and the URL to send to."""

    url: str = ""
    spans: list[ReceivedSpan] = field(default_factory=list)

    async def take(self, request: web.BaseRequest) -> web.Response:
        assert request.path == "/v1/traces"
        for exported in ExportTraceServiceRequest.FromString(await request.read()).resource_spans:
            resource = {each.key: each.value.string_value for each in exported.resource.attributes}
            for scope in exported.scope_spans:
                for span in scope.spans:
                    facts = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    self.spans.append(ReceivedSpan(resource["service.name"], span.name, *ids, facts))
        return web.Response(content_type="application/x-protobuf")


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Receive spans until the block ends."""
    receiving = Receiver()
    runner = web.ServerRunner(web.Server(receiving.take), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiving.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield receiving
    await runner.cleanup()
