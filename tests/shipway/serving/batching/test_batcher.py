"""Requests share runs of the model, and nobody gets another's answer, waits for company or hears nothing."""

import asyncio
from itertools import pairwise
from time import monotonic

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.batching.batch import Batch
from shipway.serving.batching.batcher import Batcher, QueueFull, RequestTooLarge, TimeOver
from shipway.serving.batching.rules import ONE_BY_ONE, BatchingRules, rules_of
from shipway.serving.call import Call, Row
from shipway.serving.config.batching_parameters import BatchingParameters
from shipway.serving.faults import InferenceFailed

QUICK, SLOW = 0.0, 0.02


@pytest.fixture(autouse=True)
def model_of_the_bench(arithmetic_model):
    Bench.model_class = arithmetic_model


class Bench:
    """A batcher over the model, and calls for it."""

    model_class = None

    def __init__(self, rules: BatchingRules | None = None, *, seconds: float = QUICK, signature: str = "") -> None:
        self.model = self.model_class(seconds)
        self.batches: list[Batch] = []
        self.signature = self.model.signatures[signature or "serving_default"]
        self.batcher = Batcher(
            self.model.call, self.signature, rules or BatchingRules(), asyncio.get_running_loop(), self.batches.append
        )
        if not seconds:
            for size in (1, 2, 4, 8, 16, 32, 64, 128, 256):
                self.batcher.expect(size, 0.0001)

    def ask(self, feed, rows: int = 1, seconds: float = 10.0, is_solo: bool = False, is_alone: bool = False):
        call = Call(None, None, "", "id", "test", monotonic(), monotonic() + seconds)
        call.feed, call.rows, call.is_solo, call.is_alone = feed, rows, is_solo, is_alone
        return self.batcher.submit(call)

    def ask_row(self, x: float, **options):
        return self.ask({"name": [f"row {x}"], "x": [x]}, **options)


def run(scenario):
    return asyncio.run(scenario())


def test_requests_of_one_round_share_a_run_and_each_gets_its_own_rows():
    async def scenario():
        bench = Bench()
        answers = await asyncio.gather(*(bench.ask_row(float(x)) for x in range(100)))
        assert bench.model.sizes == [100]
        return [(a.arrays()["doubled"].tolist(), a.arrays()["echo"].tolist()) for a in answers]

    assert run(scenario) == [([2.0 * x], [f"row {float(x)}".encode()]) for x in range(100)]


def test_lists_and_arrays_share_a_run():
    async def scenario():
        bench = Bench()
        columns = {"name": np.array([b"a", b"b"], object), "x": np.array([5, 6], np.float32)}
        one, two = await asyncio.gather(bench.ask_row(1.0), bench.ask(columns, rows=2))
        assert bench.model.sizes == [3]
        return one.arrays()["doubled"].tolist(), two.arrays()["doubled"].tolist()

    assert run(scenario) == ([2.0], [10.0, 12.0])


def test_plain_rows_share_a_run_among_themselves_and_with_columns():
    async def scenario():
        bench = Bench()
        names = ("name", "x")
        rows = [Row(names, (f"row {x}", x)) for x in (1, 2.5, 3)]
        answers = await asyncio.gather(*(bench.ask(row) for row in rows))
        mixed = await asyncio.gather(bench.ask(rows[0]), bench.ask_row(7.0), bench.ask(Row(names[::-1], (9, "last"))))
        assert bench.model.sizes == [3, 3]
        return [float(a.arrays()["doubled"][0]) for a in (*answers, *mixed)], mixed[2].arrays()["echo"].tolist()

    assert run(scenario) == ([2.0, 5.0, 6.0, 2.0, 14.0, 18.0], [b"last"])


def test_a_lone_request_waits_for_nobody():
    async def scenario():
        bench = Bench(BatchingRules(timeout_seconds=0.0))
        await bench.ask_row(1.0)
        return bench.batches[0]

    batch = run(scenario)
    assert batch.started - batch.calls[0].queued < 0.005


def test_who_is_alone_is_answered_at_once_where_the_model_is_idle_and_quick():
    async def scenario():
        bench, waiting, slow = Bench(), Bench(BatchingRules(timeout_seconds=0.001)), Bench(seconds=SLOW)
        answer = bench.ask_row(1.0, is_alone=True)
        assert answer.result().arrays()["doubled"].tolist() == [2.0]
        first, second = bench.ask_row(2.0), bench.ask_row(3.0, is_alone=True)
        late = [waiting.ask_row(1.0, is_alone=True), slow.ask_row(1.0, is_alone=True)]
        over = Bench().ask_row(1.0, is_alone=True, seconds=-1.0)
        assert not any(future.done() for future in (first, second, *late, over))
        await asyncio.gather(first, second, *late)
        with pytest.raises(TimeOver):
            await over
        return bench.model.sizes

    assert run(scenario) == [1, 2]


def test_full_batches_are_handed_over_before_their_turn_and_run_in_it():
    async def scenario():
        bench = Bench(BatchingRules(max_batch_size=4), seconds=SLOW)
        waiting = [bench.ask_row(float(x)) for x in range(10)]
        await asyncio.sleep(SLOW / 4)
        assert (bench.model.sizes, bench.batcher.queued_rows) == ([4], 2)
        answers = await asyncio.gather(*waiting)
        ran = [(batch.started, batch.finished) for batch in bench.batches]
        assert all(ended <= began for (_, ended), (began, _) in pairwise(ran))
        assert bench.batcher.is_idle
        return bench.model.sizes, [float(a.arrays()["doubled"][0]) for a in answers]

    assert run(scenario) == ([4, 4, 2], [2.0 * x for x in range(10)])


def test_requests_that_cannot_be_merged_ahead_are_run_one_by_one():
    async def scenario():
        bench = Bench(BatchingRules(max_batch_size=2), seconds=SLOW)
        good = [bench.ask_row(1.0) for _ in range(3)]
        wide = bench.ask({"name": ["x"], "x": np.ones((1, 3), np.float32)})
        answers = await asyncio.gather(*good, wide)
        return bench.model.sizes, [a.arrays()["doubled"].tolist() for a in answers]

    assert run(scenario) == ([2, 1, 1], [[2.0], [2.0], [2.0], [[2.0, 2.0, 2.0]]])


def test_a_slow_model_runs_beside_the_loop_and_what_comes_meanwhile_runs_together():
    async def scenario():
        bench = Bench(seconds=SLOW)
        first = bench.ask_row(0.0)
        await asyncio.sleep(SLOW / 4)
        others = [bench.ask_row(float(x)) for x in range(1, 9)]
        await asyncio.gather(first, *others)
        return bench.model

    model = run(scenario)
    assert model.sizes == [1, 8]
    assert "MainThread" not in model.threads


def test_a_model_that_turns_out_quick_moves_into_the_loop():
    async def scenario():
        bench = Bench(seconds=SLOW)
        await bench.ask_row(1.0)
        bench.model.seconds = QUICK
        for _ in range(3):
            await bench.ask_row(1.0)
        bench.model.threads.clear()
        await bench.ask_row(1.0)
        return bench.model.threads

    assert run(scenario) == {"MainThread"}


def test_batches_are_no_larger_than_allowed_and_nothing_is_lost():
    async def scenario():
        bench = Bench(BatchingRules(max_batch_size=8, max_queued_rows=1000))
        answers = await asyncio.gather(*(bench.ask_row(float(x)) for x in range(50)))
        assert max(bench.model.sizes) == 8
        assert sum(bench.model.sizes) == 50
        return [a.arrays()["doubled"][0] for a in answers]

    assert run(scenario) == [2.0 * x for x in range(50)]


def test_one_failing_request_fails_alone():
    async def scenario():
        bench = Bench()
        answers = await asyncio.gather(
            bench.ask_row(1.0), bench.ask_row(float("-inf")), bench.ask_row(3.0), return_exceptions=True
        )
        assert bench.batches[0].feed is None
        return answers

    good, bad, other = run(scenario)
    assert good.arrays()["doubled"].tolist() == [2.0]
    assert isinstance(bad, InferenceFailed)
    assert "negative infinity" in str(bad)
    assert other.arrays()["doubled"].tolist() == [6.0]


def test_inputs_of_different_inner_shapes_are_answered_one_by_one():
    async def scenario():
        bench = Bench(signature="sums")
        feeds = [np.ones((1, width), np.int64) for width in (1, 3, 3)]
        return await asyncio.gather(*(bench.ask({"values": feed}) for feed in feeds))

    assert [a.arrays()["sum"].tolist() for a in run(scenario)] == [[1], [3], [3]]


def test_variable_length_inputs_are_padded_when_asked_for():
    async def scenario():
        bench = Bench(BatchingRules(pad_variable_length_inputs=True), signature="sums")
        feeds = [np.ones((1, width), np.int64) for width in (1, 3)]
        answers = await asyncio.gather(*(bench.ask({"values": feed}) for feed in feeds))
        assert bench.model.sizes == [2]
        return [a.arrays()["sum"].tolist() for a in answers]

    assert run(scenario) == [[3], [3]]


def test_batches_are_padded_to_allowed_sizes_and_the_padding_is_not_seen():
    async def scenario():
        bench = Bench(BatchingRules(max_batch_size=8, allowed_batch_sizes=(4, 8)))
        answers = await asyncio.gather(*(bench.ask_row(float(x)) for x in range(3)))
        assert bench.model.sizes == [4]
        assert len(bench.batches[0].outputs["doubled"]) == 3
        return [a.arrays()["doubled"].tolist() for a in answers]

    assert run(scenario) == [[0.0], [2.0], [4.0]]


def test_a_request_without_rows_is_not_padded():
    async def scenario():
        bench = Bench(BatchingRules(allowed_batch_sizes=(8,)), signature="total")
        many = await bench.ask({"x": np.float32([1, 2, 4])}, is_solo=True)
        scalar = await bench.ask({"x": np.float32(3)}, is_solo=True)
        return [float(answer.arrays()["total"]) for answer in (many, scalar)]

    class Scalars(Bench.model_class):
        def call(self, signature, feed):
            return {"total": np.sum(feed["x"])}

    Bench.model_class = Scalars
    assert run(scenario) == [7.0, 3.0]


def test_requests_that_leave_out_a_dimension_do_not_become_each_others_features():
    spec = TensorSpec("x", "float32", (None, 1))
    signature = Signature("serving_default", {"x": spec}, {"share": TensorSpec("share", "float32", (None, 1))})

    def shares(_, feed):
        return {"share": feed["x"] / feed["x"].sum(axis=-1, keepdims=True)}

    async def scenario(columns):
        batcher = Batcher(shares, signature, BatchingRules(), asyncio.get_running_loop(), lambda batch: None)
        calls = [Call(None, None, "", "id", "test", monotonic(), monotonic() + 10) for _ in columns]
        for call, column in zip(calls, columns, strict=True):
            call.feed, call.rows = {"x": column}, 1
        answers = await asyncio.gather(*(batcher.submit(call) for call in calls))
        return [answer.arrays()["share"].tolist() for answer in answers]

    assert asyncio.run(scenario([[1.0], [3.0]])) == [[1.0], [1.0]]
    assert asyncio.run(scenario([[1.0], np.float32([[3]])])) == [[1.0], [[1.0]]]


def test_an_output_without_rows_is_only_shared_by_nobody():
    async def scenario():
        bench = Bench(signature="mean")
        first = await asyncio.gather(*(bench.ask({"x": [float(x)]}) for x in (1, 2)))
        again = await asyncio.gather(*(bench.ask({"x": [float(x)]}) for x in (3, 4)))
        assert bench.model.sizes == [2, 1, 1, 1, 1]
        return [float(a.arrays()["mean"]) for a in (*first, *again)]

    assert run(scenario) == [1.0, 2.0, 3.0, 4.0]


def test_a_signature_with_a_fixed_output_is_never_batched():
    async def scenario():
        bench = Bench(signature="total")
        answers = await asyncio.gather(*(bench.ask({"x": [float(x)]}) for x in (1, 2)))
        assert bench.model.sizes == [1, 1]
        return [float(a.arrays()["total"]) for a in answers]

    assert run(scenario) == [1.0, 2.0]


def test_without_batching_and_for_solo_calls_everyone_is_alone():
    async def scenario(rules, is_solo):
        bench = Bench(rules)
        await asyncio.gather(*(bench.ask_row(float(x), is_solo=is_solo) for x in range(4)))
        return bench.model.sizes

    assert asyncio.run(scenario(ONE_BY_ONE, False)) == [1, 1, 1, 1]
    assert asyncio.run(scenario(BatchingRules(), True)) == [1, 1, 1, 1]


def test_a_large_request_runs_alone_or_in_parts_or_not_at_all():
    async def scenario(rules):
        bench = Bench(rules)
        feed = {"name": ["n"] * 10, "x": [float(x) for x in range(10)]}
        answer = await bench.ask(feed, rows=10)
        return bench.model.sizes, answer.arrays()["doubled"].tolist()

    doubled = [2.0 * x for x in range(10)]
    assert asyncio.run(scenario(BatchingRules(max_batch_size=4))) == ([10], doubled)
    assert asyncio.run(scenario(BatchingRules(max_batch_size=4, split_large=True))) == ([4, 4, 2], doubled)
    with pytest.raises(RequestTooLarge, match="10 rows and may have at most 4"):
        asyncio.run(scenario(BatchingRules(max_batch_size=4, max_request_rows=4)))


def test_a_full_queue_refuses_and_what_is_queued_is_answered():
    async def scenario():
        bench = Bench(BatchingRules(max_batch_size=2, max_queued_rows=4), seconds=SLOW)
        queued = [bench.ask_row(float(x)) for x in range(4)]
        with pytest.raises(QueueFull, match=r"4 rows may wait") as caught:
            bench.ask_row(9.0)
        assert caught.value.retry_after_seconds == 1
        answers = await asyncio.gather(*queued)
        assert bench.batcher.is_idle
        return [a.arrays()["doubled"][0] for a in answers]

    assert run(scenario) == [0.0, 2.0, 4.0, 6.0]


def test_who_is_late_hears_of_it_and_the_model_does_not_work_for_it():
    async def scenario():
        bench = Bench(seconds=0.15)
        first = bench.ask_row(1.0)
        await asyncio.sleep(0.01)
        started = monotonic()
        late = bench.ask_row(2.0, seconds=0.03)
        with pytest.raises(TimeOver):
            await late
        waited = monotonic() - started
        await first
        await asyncio.sleep(0.02)
        return bench.model.sizes, waited

    sizes, waited = run(scenario)
    assert sizes == [1]
    assert waited < 0.14


def test_who_has_gone_costs_the_model_nothing():
    async def scenario():
        bench = Bench(seconds=SLOW)
        first = bench.ask_row(1.0)
        await asyncio.sleep(SLOW / 4)
        gone, staying = bench.ask_row(2.0), bench.ask_row(3.0)
        gone.cancel()
        await asyncio.gather(first, staying)
        return bench.model.sizes

    assert run(scenario) == [1, 1]


def test_with_a_timeout_an_idle_model_waits_for_a_batch_to_fill():
    async def scenario():
        bench = Bench(BatchingRules(max_batch_size=3, timeout_seconds=0.05))
        first = bench.ask_row(1.0)
        await asyncio.sleep(0.01)
        assert not first.done()
        await asyncio.gather(first, bench.ask_row(2.0), bench.ask_row(3.0))
        full = bench.batches[-1]
        lone = bench.ask_row(4.0)
        await lone
        return bench.model.sizes, full, bench.batches[-1]

    sizes, full, lone = run(scenario)
    assert sizes == [3, 1]
    assert full.started - full.calls[0].queued < 0.045
    assert lone.started - lone.calls[0].queued >= 0.045


def test_who_waits_for_a_batch_to_fill_hears_when_its_time_is_over():
    async def scenario():
        bench = Bench(BatchingRules(timeout_seconds=5.0))
        started = monotonic()
        with pytest.raises(TimeOver):
            await bench.ask_row(1.0, seconds=0.03)
        assert monotonic() - started < 1.0

    run(scenario)


def test_several_lanes_run_at_once():
    async def scenario():
        bench = Bench(BatchingRules(max_batch_size=1, lanes=2), seconds=0.05)
        started = monotonic()
        await asyncio.gather(*(bench.ask_row(float(x)) for x in range(4)))
        return monotonic() - started, len(bench.model.threads)

    took, threads = run(scenario)
    assert threads == 2
    assert took < 0.16


def test_the_parameters_of_tensorflow_serving_keep_their_meaning():
    parameters = BatchingParameters(
        max_batch_size=64,
        batch_timeout_micros=5000,
        max_enqueued_batches=10,
        num_batch_threads=3,
        allowed_batch_sizes=(8, 16),
        enable_large_batch_splitting=True,
        max_execution_batch_size=16,
    )
    assert rules_of(parameters) == BatchingRules(
        max_batch_size=16,
        timeout_seconds=0.005,
        lanes=3,
        max_queued_rows=160,
        allowed_batch_sizes=(8, 16),
        max_request_rows=64,
        split_large=True,
    )
