"""A request that is to be recorded is one span, in its caller's trace; all others cost nothing."""

import asyncio
import math
import sys
import time

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shipway.serving.faults import ServingFault
from shipway.serving.observing.trace_parent import TraceParent, parse_trace_parent
from shipway.serving.observing.tracing import Tracing, TracingNotInstalled

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("text", "parent"),
    [
        (f"00-{TRACE}-{SPAN}-01", TraceParent(int(TRACE, 16), int(SPAN, 16), True)),
        (f"00-{TRACE}-{SPAN}-02", TraceParent(int(TRACE, 16), int(SPAN, 16), False)),
        (f"cc-{TRACE}-{SPAN}-01-of-the-future", TraceParent(int(TRACE, 16), int(SPAN, 16), True)),
        (f"00-{TRACE}-{SPAN}-01-extra", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_a_trace_parent_is_read_as_w3c_says(text, parent):
    assert parse_trace_parent(text) == parent


def traced(serving, model, scenario, **options):
    """The spans that a scenario makes."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("http://unused.test", exporter=exporter, **options)

    async def run():
        await scenario(serving(model, [tracing]))

    asyncio.run(run())
    tracing.stop()
    return exporter.get_finished_spans()


def test_a_span_belongs_to_the_callers_trace_and_shows_the_stages(serving, arithmetic_model):
    before = time.time_ns()

    async def scenario(server):
        headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
        await server.double(1.0, headers=headers, tracking_id="mine")

    (span,) = traced(serving, arithmetic_model(seconds=0.02), scenario, ratio=0.0)
    assert span.name == "infer m"
    assert (span.context.trace_id, span.parent.span_id) == (int(TRACE, 16), int(SPAN, 16))
    assert before <= span.start_time <= span.end_time <= time.time_ns()
    decoded, started, finished = span.events
    assert [event.name for event in span.events] == ["decoded", "started", "finished"]
    assert span.start_time <= decoded.timestamp <= started.timestamp <= span.end_time
    assert finished.timestamp - started.timestamp >= 20e6
    assert span.attributes["shipway.tracking_id"] == "mine"
    assert span.attributes["shipway.version"] == 7
    assert span.attributes["shipway.code"] == "OK"
    assert span.status.is_unset
    assert span.resource.attributes["service.name"] == "shipway-serving"


def test_the_callers_flag_says_whether_a_request_is_recorded(serving, arithmetic_model):
    async def scenario(server):
        await server.double(1.0, headers={"traceparent": f"00-{TRACE}-{SPAN}-00"})

    assert traced(serving, arithmetic_model(), scenario, ratio=1.0) == ()


def test_a_share_of_the_requests_without_parent_is_recorded(serving, arithmetic_model):
    async def scenario(server):
        for _ in range(400):
            await server.double(1.0, headers={"traceparent": "nonsense"})

    spans = traced(serving, arithmetic_model(), scenario, ratio=0.25, most_per_second=1000)
    assert 50 <= len(spans) <= 150
    assert all(span.parent is None for span in spans)


def test_there_is_a_limit_to_the_spans_of_a_second(serving, arithmetic_model):
    async def scenario(server):
        for _ in range(100):
            await server.double(1.0)

    assert 5 <= len(traced(serving, arithmetic_model(), scenario, most_per_second=5)) <= 10


def test_the_servers_faults_are_errors_and_the_callers_are_not(serving, arithmetic_model):
    async def scenario(server):
        for x, signature in ((-math.inf, ""), (1.0, "nope")):
            with pytest.raises(ServingFault):
                await server.double(x, signature=signature)

    broken, wrong = traced(serving, arithmetic_model(), scenario)
    assert (broken.attributes["shipway.code"], broken.status.is_ok) == ("INTERNAL", False)
    assert (wrong.attributes["shipway.code"], wrong.status.is_unset) == ("INVALID_ARGUMENT", True)
    assert [event.name for event in wrong.events] == []


def test_without_opentelemetry_the_flag_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(TracingNotInstalled, match=r"install 'shipway\[tracing\]'"):
        Tracing("http://unused.test")
