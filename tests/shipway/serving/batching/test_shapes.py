"""Rows of other shapes: what is merged, what is padded, and what is kept apart."""

import asyncio
from time import monotonic

import numpy as np

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.batching.batcher import Batcher
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.call import Call


def test_requests_that_cannot_be_merged_ahead_are_run_one_by_one(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(max_batch_size=2), seconds=0.02)
        good = [bench.ask_row(1.0) for _ in range(3)]
        wide = bench.ask({"name": ["x"], "x": np.ones((1, 3), np.float32)})
        answers = await asyncio.gather(*good, wide)
        return bench.model.sizes, [a.arrays()["doubled"].tolist() for a in answers]

    assert asyncio.run(scenario()) == ([2, 1, 1], [[2.0], [2.0], [2.0], [[2.0, 2.0, 2.0]]])


def test_inputs_of_different_inner_shapes_are_answered_one_by_one(new_bench):
    async def scenario():
        bench = new_bench(signature="sums")
        feeds = [np.ones((1, width), np.int64) for width in (1, 3, 3)]
        return await asyncio.gather(*(bench.ask({"values": feed}) for feed in feeds))

    assert [a.arrays()["sum"].tolist() for a in asyncio.run(scenario())] == [[1], [3], [3]]


def test_variable_length_inputs_are_padded_when_asked_for(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(pad_variable_length_inputs=True), signature="sums")
        feeds = [np.ones((1, width), np.int64) for width in (1, 3)]
        answers = await asyncio.gather(*(bench.ask({"values": feed}) for feed in feeds))
        assert bench.model.sizes == [2]
        return [a.arrays()["sum"].tolist() for a in answers]

    assert asyncio.run(scenario()) == [[3], [3]]


def test_batches_are_padded_to_allowed_sizes_and_the_padding_is_not_seen(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(max_batch_size=8, allowed_batch_sizes=(4, 8)))
        answers = await asyncio.gather(*(bench.ask_row(float(x)) for x in range(3)))
        assert bench.model.sizes == [4]
        assert len(bench.batches[0].outputs["doubled"]) == 3
        return [a.arrays()["doubled"].tolist() for a in answers]

    assert asyncio.run(scenario()) == [[0.0], [2.0], [4.0]]


def test_a_request_without_rows_is_not_padded(new_bench, arithmetic_model):
    async def scenario():
        bench = new_bench(BatchingRules(allowed_batch_sizes=(8,)), model=Scalars, signature="total")
        many = await bench.ask({"x": np.float32([1, 2, 4])}, is_solo=True)
        scalar = await bench.ask({"x": np.float32(3)}, is_solo=True)
        return [float(answer.arrays()["total"]) for answer in (many, scalar)]

    class Scalars(arithmetic_model):
        def call(self, signature, feed):
            return {"total": np.sum(feed["x"])}

    assert asyncio.run(scenario()) == [7.0, 3.0]


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
