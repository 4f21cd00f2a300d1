"""OpenTelemetry traces: a span for a request, with its stages as events.

A span is made when its request is over, from the times that the core keeps anyway, so that a request that is not
recorded costs a look at a flag. A span costs some ten times what a request's bookkeeping costs: there is a limit to
how many are made in a second, whatever the callers' flags say.
"""

from __future__ import annotations

import time
from random import random
from time import monotonic
from typing import TYPE_CHECKING

from shipway.errors import UsageError
from shipway.serving.batching.batch import Batch
from shipway.serving.call import Call
from shipway.serving.faults import Code
from shipway.serving.observing.trace_parent import TraceParent, parse_trace_parent
from shipway.serving.servable import Servable

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Context, Span

SERVER_FAULTS = frozenset({Code.INTERNAL, Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED})
"""Codes that make a span an error; what the caller did wrong does not."""


class TracingNotInstalled(UsageError):
    """OpenTelemetry is not there."""

    def __init__(self) -> None:
        super().__init__(
            "The flag --tracing needs OpenTelemetry, which is not installed: install 'shipway[tracing]', or leave the "
            "flag out."
        )


class Tracing:
    """An `Observer` of the plane, which gives each call the `trace_parent` of its request when there is one of these.

    Args:
        endpoint: an OTLP collector's address for traces over HTTP.
        ratio: the share of the requests without a parent that is recorded; those with one go by its flag.
        most_per_second: spans made at most.
        exporter: gets the spans instead of the endpoint.

    Raises:
        TracingNotInstalled: the extra `tracing` is not installed.
    """

    wants_trace_parents = True

    def __init__(
        self,
        endpoint: str,
        *,
        ratio: float = 1.0,
        most_per_second: int = 100,
        exporter: SpanExporter | None = None,
    ) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import SERVICE_NAME, Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise TracingNotInstalled from error
        resource = Resource.create()
        if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):  # OTEL_SERVICE_NAME is not set
            resource = resource.merge(Resource({SERVICE_NAME: "shipway-serving"}))
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(endpoint, timeout=5)))
        self._tracer = self._provider.get_tracer("shipway.serving")
        self._ratio = ratio
        self._most_per_second = most_per_second
        self._second = 0
        self._made = 0

    def stop(self, seconds: float = 5.0) -> None:
        """Send what waits, within so many seconds. It blocks: not for the event loop."""
        self._provider.force_flush(int(seconds * 1000))
        self._provider.shutdown()

    def opened(self, call: Call) -> None:
        """Nothing."""

    def refused(self, transport: str, model: str, code: Code) -> None:
        """Nothing: there was no work to trace."""

    def ran(self, servable: Servable, batch: Batch) -> None:
        """Nothing."""

    def closed(self, call: Call, code: Code) -> None:
        """Record the call, if it is to be."""
        parent = parse_trace_parent(call.trace_parent) if call.trace_parent else None
        is_wanted = parent.is_sampled if parent else random() < self._ratio
        if is_wanted and self._has_room():
            self._record(call, code, parent)

    def _has_room(self) -> bool:
        second = int(monotonic())
        if second != self._second:
            self._second, self._made = second, 0
        self._made += 1
        return self._made <= self._most_per_second

    def _record(self, call: Call, code: Code, parent: TraceParent | None) -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode

        now = monotonic()
        clock = time.time_ns() - int(now * 1e9)
        span: Span = self._tracer.start_span(
            f"infer {call.servable.name}",
            context=None if parent is None else _context(parent),
            kind=SpanKind.SERVER,
            start_time=clock + int(call.arrived * 1e9),
            attributes={
                "shipway.tracking_id": call.tracking_id,
                "shipway.model": call.servable.name,
                "shipway.version": call.servable.version,
                "shipway.arm": call.arm,
                "shipway.signature": call.signature_name,
                "shipway.transport": call.transport,
                "shipway.rows": call.rows,
                "shipway.code": code.name,
            },
        )
        for name, at in (("decoded", call.queued), ("started", call.started), ("finished", call.finished)):
            if at:
                span.add_event(name, timestamp=clock + int(at * 1e9))
        if code in SERVER_FAULTS:
            span.set_status(Status(StatusCode.ERROR, code.name))
        span.end(clock + int(now * 1e9))


def _context(parent: TraceParent) -> Context:
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    context = SpanContext(parent.trace_id, parent.span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(context))
