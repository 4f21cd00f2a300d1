"""What was served is what Prometheus reads, parsed by its own parser."""

import asyncio
import math

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from shipway.serving.faults import Code, ServingFault
from shipway.serving.observing import Metrics
from shipway.serving.observing.metrics.versions import KEPT_VERSIONS
from shipway.serving.observing.reading import Reading
from shipway.serving.servable import Catalog, VersionState, VersionStatus
from shipway.serving.traffic import OutputDifference, ShadowComparison

HERE = {"model": "m", "version": "7", "arm": "", "signature": "serving_default", "transport": "rest"}
BATCH = {"model": "m", "version": "7", "signature": "serving_default"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry(), Catalog())


def values(metrics: Metrics) -> dict[tuple[str, frozenset], float]:
    content_type, body = metrics.exposition()
    assert content_type == b"text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return values(metrics).get((name, frozenset(labels.items())))


def test_requests_are_counted_by_what_answered_them_and_how(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        await server.double(1.0)
        await server.double(1.0, arm="canary")
        with pytest.raises(ServingFault):
            await server.double(-math.inf)
        for model in ("m", "somebody's"):
            with pytest.raises(ServingFault):
                server.plane.open(model, 9, None, transport="grpc", header=lambda name: None)

    asyncio.run(scenario())
    assert value(metrics, "shipway_serving_requests_total", **HERE, code="OK") == 1
    assert value(metrics, "shipway_serving_requests_total", **{**HERE, "arm": "canary"}, code="OK") == 1
    assert value(metrics, "shipway_serving_requests_total", **HERE, code="INTERNAL") == 1
    refused = "shipway_serving_refused_requests_total"
    assert value(metrics, refused, model="m", transport="grpc", code="NOT_FOUND") == 1
    assert value(metrics, refused, model="", transport="grpc", code="NOT_FOUND") == 1


def test_tensorflow_servings_own_count_has_its_form(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        await server.double(1.0)
        await server.double(1.0, arm="canary")
        with pytest.raises(ServingFault):
            server.plane.open("m", 9, None, transport="rest", header=lambda name: None)

    asyncio.run(scenario())
    lines = metrics.exposition()[1].decode().splitlines()
    start = lines.index("# TYPE :tensorflow:serving:request_count counter")
    assert lines[start + 1 :] == [
        ':tensorflow:serving:request_count{model_name="m",status="NOT_FOUND"} 1',
        ':tensorflow:serving:request_count{model_name="m",status="OK"} 2',
    ]


def test_a_request_that_fails_before_its_signature_is_counted(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        with pytest.raises(ServingFault):
            await server.ask({}, signature="nope")

    asyncio.run(scenario())
    labels = {**HERE, "signature": ""}
    assert value(metrics, "shipway_serving_requests_total", **labels, code="INVALID_ARGUMENT") == 1
    assert value(metrics, "shipway_serving_request_seconds_count", **labels) is None


def test_times_are_sorted_by_stage(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(seconds=0.03), [metrics], metrics.catalog)
        for _ in range(3):
            await server.double(1.0)

    asyncio.run(scenario())
    found = values(metrics)

    def seconds(stage, end, **more):
        labels = frozenset({**HERE, "stage": stage, **more}.items())
        return found[f"shipway_serving_request_stage_seconds_{end}", labels]

    assert [seconds(stage, "count") for stage in ("decode", "queue", "run", "encode")] == [3, 3, 3, 3]
    assert 0.09 <= seconds("run", "sum") < 1
    assert seconds("run", "bucket", le="0.025") == 0
    assert seconds("run", "bucket", le="+Inf") == 3
    assert 0 <= seconds("decode", "sum") < 0.01
    whole = found["shipway_serving_request_seconds_sum", frozenset(HERE.items())]
    stages = sum(seconds(stage, "sum") for stage in ("decode", "queue", "run", "encode"))
    assert whole == pytest.approx(stages)


def test_more_requests_than_are_held_are_all_counted(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        for _ in range(3):
            await asyncio.gather(*(server.double(float(x)) for x in range(500)))

    asyncio.run(scenario())
    assert value(metrics, "shipway_serving_request_seconds_count", **HERE) == 1500
    assert value(metrics, "shipway_serving_batch_rows_sum", **BATCH) == 1500


def test_batches_are_counted_by_their_rows(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        await server.ask({"name": ["n"] * 5, "x": [1.0] * 5}, 5)
        await server.double(1.0)
        await asyncio.gather(server.double(1.0), server.double(-math.inf), return_exceptions=True)

    asyncio.run(scenario())
    found = values(metrics)

    def rows(bound):
        return found["shipway_serving_batch_rows_bucket", frozenset({**BATCH, "le": bound}.items())]

    assert [rows("1.0"), rows("2.0"), rows("4.0"), rows("8.0"), rows("+Inf")] == [1, 2, 2, 3, 3]
    assert value(metrics, "shipway_serving_separated_batches_total", **BATCH) == 1


def test_inputs_are_summed_up_and_their_missing_values_counted(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        feed = {"name": ["a", "", b""], "x": np.array([1.5, math.nan, -4.0], np.float32)}
        await server.ask(feed, 3)
        await server.ask({"values": np.array([[3, -(2**63)], [5, 0]])}, 2, "sums")

    asyncio.run(scenario())

    def looked(name, signature, column):
        return value(metrics, f"shipway_serving_input_{name}", **{**BATCH, "signature": signature}, input=column)

    ends = ("values_total", "missing_total", "sum_of_values", "sum_of_squares_total", "min", "max")
    assert [looked(end, "serving_default", "x") for end in ends] == [3, 1, -2.5, 18.25, -4.0, 1.5]
    assert [looked(end, "sums", "values") for end in ends] == [4, 1, 8, 34, 0, 5]
    assert [looked(end, "serving_default", "name") for end in ends] == [3, 2, None, None, None, None]
    assert value(metrics, "shipway_serving_input_sampled_rows_total", **BATCH) == 3


def test_only_a_sample_of_the_batches_is_looked_at(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        for x in range(300):
            await server.double(float(x))

    asyncio.run(scenario())
    rows = value(metrics, "shipway_serving_input_sampled_rows_total", **BATCH)
    assert 1 <= rows < 100
    assert value(metrics, "shipway_serving_input_values_total", **BATCH, input="x") == rows


def test_what_callers_send_makes_no_series(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        await server.double(1.0)
        before = len(values(metrics))
        await asyncio.gather(*(server.double(float(x), f"user-{x}", tracking_id=f"id-{x}") for x in range(200)))
        for number in range(100):
            with pytest.raises(ServingFault):
                server.plane.open(f"model-{number}", None, None, transport="rest", header=lambda name: None)
        assert len(values(metrics)) <= before + 2

    asyncio.run(scenario())


def test_queues_states_and_requests_in_flight_are_read_when_asked(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(seconds=0.05), [metrics], metrics.catalog)
        server.served.statuses[8] = VersionStatus(8, VersionState.END, Code.INTERNAL, "broken")
        asking = asyncio.gather(server.double(1.0), server.double(2.0))
        await asyncio.sleep(0)
        version = {"model": "m", "version": "7"}
        assert value(metrics, "shipway_serving_requests_in_flight", **version) == 2
        assert value(metrics, "shipway_serving_queued_rows", **version) == 2
        await asking
        assert value(metrics, "shipway_serving_requests_in_flight", **version) == 0
        assert value(metrics, "shipway_serving_version_state", **version, state="AVAILABLE") == 1
        assert value(metrics, "shipway_serving_version_state", model="m", version="8", state="END") == 1

    asyncio.run(scenario())


def test_loads_are_timed_and_their_failures_counted(metrics):
    metrics.loading("m", 1)
    metrics.failed("m", 1, "no such file")
    metrics.loaded("m", 1, 3.0)
    assert value(metrics, "shipway_serving_load_seconds_sum", model="m") == 3.0
    assert value(metrics, "shipway_serving_load_seconds_bucket", model="m", le="2.5") == 0
    assert value(metrics, "shipway_serving_load_seconds_bucket", model="m", le="5.0") == 1
    assert value(metrics, "shipway_serving_load_failures_total", model="m") == 1


def test_versions_that_went_long_ago_are_forgotten(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        await server.double(1.0)

    asyncio.run(scenario())
    metrics.unloaded("m", 7)
    for version in range(100, 100 + KEPT_VERSIONS - 1):
        metrics.unloaded("m", version)
    assert value(metrics, "shipway_serving_requests_total", **HERE, code="OK") == 1
    metrics.unloaded("m", 200)
    assert value(metrics, "shipway_serving_requests_total", **HERE, code="OK") is None
    assert value(metrics, "shipway_serving_batch_rows_sum", **BATCH) is None


def test_a_version_that_came_back_is_not_forgotten(metrics, serving, arithmetic_model):
    async def scenario():
        server = serving(arithmetic_model(), [metrics], metrics.catalog)
        await server.double(1.0)

    asyncio.run(scenario())
    metrics.unloaded("m", 7)
    metrics.loading("m", 7)
    for version in range(100, 100 + KEPT_VERSIONS + 1):
        metrics.unloaded("m", version)
    assert value(metrics, "shipway_serving_requests_total", **HERE, code="OK") == 1


def test_comparisons_of_shadows_add_up(metrics):
    for different, largest in ((1, 0.5), (2, 0.25)):
        outputs = {"p": OutputDifference(different, largest)}
        metrics.shadow_compared(ShadowComparison("m", 1, 2, "serving_default", 10, different, outputs))
    labels = {"model": "m", "version": "1", "shadow_version": "2", "signature": "serving_default"}
    assert value(metrics, "shipway_serving_shadow_compared_rows_total", **labels) == 20
    assert value(metrics, "shipway_serving_shadow_different_rows_total", **labels) == 3
    assert value(metrics, "shipway_serving_shadow_different_output_rows_total", **labels, output="p") == 3
    assert value(metrics, "shipway_serving_shadow_largest_difference", **labels, output="p") == 0.5


def test_other_parts_show_their_numbers_too(metrics):
    class Part:
        def readings(self):
            for kind in ("new", "old"):
                yield Reading("part_things", "Things.", "counter", {"kind": kind}, 2)

    metrics.watch(Part())
    assert value(metrics, "part_things_total", kind="old") == 2
    assert metrics.exposition()[1].count(b"# TYPE part_things_total counter") == 1
    assert value(metrics, "process_resident_memory_bytes") > 1e6
    assert value(metrics, "python_gc_collections_total", generation="2") is not None


def test_inputs_that_cannot_be_looked_at_harm_nobody(metrics, serving, arithmetic_model, caplog):
    class Odd(arithmetic_model):
        def call(self, signature, feed):
            feed["x"] = "no array"
            return {"doubled": np.zeros(1), "echo": np.array([b""], object)}

    async def scenario():
        server = serving(Odd(), [metrics], metrics.catalog)
        for _ in range(70):
            await server.double(1.0)

    asyncio.run(scenario())
    assert value(metrics, "shipway_serving_input_values_total", **BATCH, input="name") == 1
    assert len(caplog.records) == 1
    assert "could not be looked at" in caplog.text
    assert value(metrics, "shipway_serving_requests_total", **HERE, code="OK") == 70
