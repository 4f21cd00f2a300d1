"""A shadow sees what callers ask, its differences are found, and callers do not notice that it is there."""

import asyncio
import math
import threading
import time

import numpy as np
import pyarrow.parquet as pq
import pytest

from shipway.serving.observing import InferenceLog
from shipway.serving.observing.log.parquet_sink import ParquetSink
from shipway.serving.traffic import OutputDifference, Tolerance
from shipway.serving.traffic.comparison import compare
from shipway.serving.traffic.mirror import MOST_WAITING_ROWS

SHADOW = {"version": 2, "sample_rate": 1.0}


def in_loop(scenario):
    return asyncio.run(scenario())


@pytest.fixture
def off_by(arithmetic_model):
    """Models whose numbers from `least` on are `gap` more than they should be."""

    class Off(arithmetic_model):
        def __init__(self, gap, least=0.0, **options) -> None:
            super().__init__(**options)
            self.gap, self.least = gap, least

        def call(self, signature, feed):
            outputs = super().call(signature, feed)
            if "doubled" in outputs:
                outputs["doubled"] = outputs["doubled"] + np.where(feed["x"] >= self.least, self.gap, 0)
            return outputs

    return Off


def total(comparisons):
    """Rows, different rows and the largest difference of `doubled` in all comparisons."""
    return (
        sum(one.rows for one in comparisons),
        sum(one.different_rows for one in comparisons),
        max(one.outputs["doubled"].largest_difference for one in comparisons),
    )


def test_differences_are_found_row_by_row(divided, arithmetic_model, off_by):
    async def scenario():
        here = divided({1: arithmetic_model(), 2: off_by(0.5, least=150.0)})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        asked = await asyncio.gather(*(here.ask(float(x)) for x in range(200)))
        assert [outputs["doubled"].tolist() for _, _, outputs in asked] == [[2.0 * x] for x in range(200)]
        assert {version for version, _, _ in asked} == {1}
        await here.until(lambda: sum(one.rows for one in here.comparisons) == 200)
        assert total(here.comparisons) == (200, 50, 0.5)
        first = here.comparisons[0]
        assert (first.model, first.version, first.shadow_version, first.signature) == ("m", 1, 2, "serving_default")
        assert first.outputs["echo"] == OutputDifference(0, 0.0)
        assert here.counts()["shadow_requests", "shadow:2", "compared"] == 200
        assert [servable.in_flight for servable in here.served.servables.values()] == [0, 0]

    in_loop(scenario)


def test_what_is_within_the_tolerance_is_the_same(divided, arithmetic_model, off_by):
    async def scenario():
        here = divided({1: arithmetic_model(), 2: off_by(1e-5)})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        await here.ask(1.0)
        await here.until(lambda: here.comparisons)
        rows, different, largest = total(here.comparisons)
        assert (rows, different) == (1, 0)
        assert largest == pytest.approx(1e-5, rel=0.1)

    in_loop(scenario)


def test_a_sample_is_mirrored(divided, arithmetic_model):
    async def scenario():
        here = divided({1: arithmetic_model(), 2: arithmetic_model()})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow={"version": 2, "sample_rate": 0.25})
        for _ in range(4):
            await asyncio.gather(*(here.ask(float(x)) for x in range(100)))
        await here.until(lambda: sum(one.rows for one in here.comparisons) == here.counts().total() > 0)
        assert 50 <= here.counts()["shadow_requests", "shadow:2", "compared"] <= 150

    in_loop(scenario)


def test_a_stuck_shadow_changes_neither_answers_nor_their_time_and_its_copies_are_dropped(divided, arithmetic_model):
    go_on = threading.Event()

    class Stuck(arithmetic_model):
        def call(self, signature, feed):
            go_on.wait(20)
            return super().call(signature, feed)

    async def scenario():
        here = divided({1: arithmetic_model(), 2: Stuck()})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        took = []
        try:
            for x in range(MOST_WAITING_ROWS + 200):
                started = time.perf_counter()
                _, _, outputs = await here.ask(float(x))
                took.append(time.perf_counter() - started)
                assert outputs["doubled"].tolist() == [2.0 * x]
        finally:
            go_on.set()
        await here.until(lambda: here.served.servables[2].in_flight == 0)
        await here.until(lambda: sum(one.rows for one in here.comparisons) == MOST_WAITING_ROWS)
        assert np.median(took) < 0.02
        assert np.quantile(took, 0.99) < 1
        outcomes = {"dropped": 200, "compared": MOST_WAITING_ROWS}
        assert here.counts() == {("shadow_requests", "shadow:2", outcome): n for outcome, n in outcomes.items()}
        assert set(here.served.servables[2].model.threads) == {"lane-serving_default-0"}

    in_loop(scenario)


def test_a_failing_shadow_is_counted_and_nobody_hears_of_it(divided, arithmetic_model, off_by, caplog):
    class Broken(arithmetic_model):
        def call(self, signature, feed):
            raise RuntimeError("broken")

    async def scenario():
        here = divided({1: arithmetic_model(), 2: Broken()})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        for x in range(20):
            assert (await here.ask(float(x)))[2]["doubled"].tolist() == [2.0 * x]
        await here.until(lambda: here.counts()["shadow_requests", "shadow:2", "failed"] == 20)
        assert not here.comparisons
        assert here.served.servables[2].in_flight == 0

    in_loop(scenario)
    assert not caplog.records


@pytest.mark.parametrize(
    ("shadow", "outcome"),
    [({"version": 9}, "unavailable"), ({"label": "gone"}, "unavailable"), ({"version": 1}, "same_version")],
)
def test_a_shadow_that_cannot_be_asked_is_counted(divided, arithmetic_model, shadow, outcome):
    async def scenario():
        here = divided({1: arithmetic_model(), 2: arithmetic_model()})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=shadow)
        await here.ask()
        await asyncio.sleep(0)
        (name, _, found), count = here.counts().popitem()
        assert (name, found, count) == ("shadow_requests", outcome, 1)

    in_loop(scenario)


def test_a_shadow_without_the_signature_is_counted(divided, arithmetic_model):
    async def scenario():
        model = arithmetic_model()
        model.signatures.pop("serving_default")
        here = divided({1: arithmetic_model(), 2: model})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        await here.ask()
        await asyncio.sleep(0)
        assert here.counts() == {("shadow_requests", "shadow:2", "signature"): 1}

    in_loop(scenario)


def test_a_shadow_is_not_unloaded_under_its_copies(divided, arithmetic_model):
    async def scenario():
        here = divided({1: arithmetic_model(), 2: arithmetic_model(seconds=0.1)})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        await here.ask()
        await asyncio.sleep(0.01)
        shadow = here.served.withdraw(2)
        assert not shadow.drained.is_set()
        await asyncio.wait_for(shadow.drained.wait(), 5)
        await here.until(lambda: here.comparisons)
        await here.ask()
        await asyncio.sleep(0)
        assert here.counts()["shadow_requests", "shadow:2", "unavailable"] == 1

    in_loop(scenario)


def test_answers_of_a_shadow_are_in_the_log_beside_those_of_callers(divided, arithmetic_model, off_by, tmp_path):
    log = InferenceLog(ParquetSink(tmp_path))
    log.start()

    async def scenario():
        here = divided({1: arithmetic_model(), 2: off_by(1.0)}, [log])
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        await asyncio.gather(*(here.ask(float(x), tracking_id=f"id-{x}") for x in range(30)))
        await here.until(lambda: here.counts()["shadow_requests", "shadow:2", "compared"] == 30)

    in_loop(scenario)
    log.stop()
    rows = [row for path in tmp_path.rglob("*.parquet") for row in pq.ParquetFile(path).read().to_pylist()]
    found = {(row["tracking_id"], row["arm"]): (row["version"], row["outputs"]["doubled"]) for row in rows}
    assert len(rows) == len(found) == 60
    for x in range(30):
        assert found[f"id-{x}", "stable"] == (1, 2.0 * x)
        assert found[f"id-{x}", "shadow:2"] == (2, 2.0 * x + 1)


def test_copies_are_no_requests(divided, arithmetic_model):
    async def scenario():
        here = divided({1: arithmetic_model(), 2: arithmetic_model(seconds=0.05)})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        await here.ask()
        await asyncio.sleep(0.01)
        assert here.plane.in_flight == 0
        assert here.served.servables[2].in_flight == 1
        await here.until(lambda: here.comparisons)

    in_loop(scenario)


def strings(*texts):
    return np.array(texts, object)


@pytest.mark.parametrize(
    ("ours", "theirs", "different", "largest"),
    [
        ([1.0, 2.0], [1.0, 2.5], 1, 0.5),
        ([math.nan, 1.0], [math.nan, math.nan], 1, 0.0),
        ([math.inf, -math.inf], [math.inf, math.inf], 1, 0.0),
        ([1e6, 1e-9], [1e6 + 50, 0.0], 0, 50.0),
        ([[1, 2], [3, 4]], [[1, 2], [3, 9]], 1, 5.0),
        ([True, False], [True, True], 1, 1.0),
        (strings(b"a", b"b"), strings(b"a", b"c"), 1, 0.0),
        (strings(b"a", b"b"), [1.0, 2.0], 2, 0.0),
        ([1.0, 2.0], [[1.0], [2.0]], 2, 0.0),
        ([1.0, 2.0], [1.0, 2.0, 3.0], 2, 0.0),
    ],
)
def test_rows_are_compared_by_what_their_values_are(ours, theirs, different, largest):
    rows, outputs = compare([{"y": np.asarray(ours)}], [{"y": np.asarray(theirs)}], 2, Tolerance())
    assert rows == different
    assert outputs["y"] == OutputDifference(different, largest)


def test_an_output_that_one_of_them_lacks_makes_every_row_different():
    ours, theirs = {"a": np.zeros(3)}, {"a": np.zeros(3), "b": np.zeros(3)}
    different, outputs = compare([ours], [theirs], 3, Tolerance())
    assert different == 3
    assert outputs == {"a": OutputDifference(0, 0.0), "b": OutputDifference(3, 0.0)}


def test_answers_without_rows_are_compared_as_a_whole(divided, arithmetic_model):
    async def scenario():
        here = divided({1: arithmetic_model(), 2: arithmetic_model()})
        here.divide(arms=[{"name": "stable", "version": 1, "weight": 1}], shadow=SHADOW)
        await here.ask(feed={"x": np.array([1, 2], np.float32)}, signature="total")
        await here.until(lambda: here.comparisons)
        (comparison,) = here.comparisons
        assert (comparison.rows, comparison.different_rows) == (1, 0)
        assert comparison.outputs == {"total": OutputDifference(0, 0.0)}

    in_loop(scenario)
