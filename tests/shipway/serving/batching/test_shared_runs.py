"""Requests share runs of the model, and nobody gets another's answer."""

import asyncio

import numpy as np
import pytest

from shipway.serving.batching.batcher import RequestTooLarge
from shipway.serving.batching.rules import ONE_BY_ONE, BatchingRules
from shipway.serving.call import Row
from shipway.serving.faults import InferenceFailed


def test_requests_of_one_round_share_a_run_and_each_gets_its_own_rows(new_bench):
    async def scenario():
        bench = new_bench()
        answers = await asyncio.gather(*(bench.ask_row(float(x)) for x in range(100)))
        assert bench.model.sizes == [100]
        return [(a.arrays()["doubled"].tolist(), a.arrays()["echo"].tolist()) for a in answers]

    assert asyncio.run(scenario()) == [([2.0 * x], [f"row {float(x)}".encode()]) for x in range(100)]


def test_lists_and_arrays_share_a_run(new_bench):
    async def scenario():
        bench = new_bench()
        columns = {"name": np.array([b"a", b"b"], object), "x": np.array([5, 6], np.float32)}
        one, two = await asyncio.gather(bench.ask_row(1.0), bench.ask(columns, rows=2))
        assert bench.model.sizes == [3]
        return one.arrays()["doubled"].tolist(), two.arrays()["doubled"].tolist()

    assert asyncio.run(scenario()) == ([2.0], [10.0, 12.0])


def test_plain_rows_share_a_run_among_themselves_and_with_columns(new_bench):
    async def scenario():
        bench = new_bench()
        names = ("name", "x")
        rows = [Row(names, (f"row {x}", x)) for x in (1, 2.5, 3)]
        answers = await asyncio.gather(*(bench.ask(row) for row in rows))
        mixed = await asyncio.gather(bench.ask(rows[0]), bench.ask_row(7.0), bench.ask(Row(names[::-1], (9, "last"))))
        assert bench.model.sizes == [3, 3]
        return [float(a.arrays()["doubled"][0]) for a in (*answers, *mixed)], mixed[2].arrays()["echo"].tolist()

    assert asyncio.run(scenario()) == ([2.0, 5.0, 6.0, 2.0, 14.0, 18.0], [b"last"])


def test_batches_are_no_larger_than_allowed_and_nothing_is_lost(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(max_batch_size=8, max_queued_rows=1000))
        answers = await asyncio.gather(*(bench.ask_row(float(x)) for x in range(50)))
        assert max(bench.model.sizes) == 8
        assert sum(bench.model.sizes) == 50
        return [a.arrays()["doubled"][0] for a in answers]

    assert asyncio.run(scenario()) == [2.0 * x for x in range(50)]


def test_one_failing_request_fails_alone(new_bench):
    async def scenario():
        bench = new_bench()
        answers = await asyncio.gather(
            bench.ask_row(1.0), bench.ask_row(float("-inf")), bench.ask_row(3.0), return_exceptions=True
        )
        assert bench.batches[0].feed is None
        return answers

    good, bad, other = asyncio.run(scenario())
    assert good.arrays()["doubled"].tolist() == [2.0]
    assert isinstance(bad, InferenceFailed)
    assert "negative infinity" in str(bad)
    assert other.arrays()["doubled"].tolist() == [6.0]


def test_an_output_without_rows_is_only_shared_by_nobody(new_bench):
    async def scenario():
        bench = new_bench(signature="mean")
        first = await asyncio.gather(*(bench.ask({"x": [float(x)]}) for x in (1, 2)))
        again = await asyncio.gather(*(bench.ask({"x": [float(x)]}) for x in (3, 4)))
        assert bench.model.sizes == [2, 1, 1, 1, 1]
        return [float(a.arrays()["mean"]) for a in (*first, *again)]

    assert asyncio.run(scenario()) == [1.0, 2.0, 3.0, 4.0]


def test_a_signature_with_a_fixed_output_is_never_batched(new_bench):
    async def scenario():
        bench = new_bench(signature="total")
        answers = await asyncio.gather(*(bench.ask({"x": [float(x)]}) for x in (1, 2)))
        assert bench.model.sizes == [1, 1]
        return [float(a.arrays()["total"]) for a in answers]

    assert asyncio.run(scenario()) == [1.0, 2.0]


def test_without_batching_and_for_solo_calls_everyone_is_alone(new_bench):
    async def scenario(rules, is_solo):
        bench = new_bench(rules)
        await asyncio.gather(*(bench.ask_row(float(x), is_solo=is_solo) for x in range(4)))
        return bench.model.sizes

    assert asyncio.run(scenario(ONE_BY_ONE, False)) == [1, 1, 1, 1]
    assert asyncio.run(scenario(BatchingRules(), True)) == [1, 1, 1, 1]


def test_a_large_request_runs_alone_or_in_parts_or_not_at_all(new_bench):
    async def scenario(rules):
        bench = new_bench(rules)
        feed = {"name": ["n"] * 10, "x": [float(x) for x in range(10)]}
        answer = await bench.ask(feed, rows=10)
        return bench.model.sizes, answer.arrays()["doubled"].tolist()

    doubled = [2.0 * x for x in range(10)]
    assert asyncio.run(scenario(BatchingRules(max_batch_size=4))) == ([10], doubled)
    assert asyncio.run(scenario(BatchingRules(max_batch_size=4, split_large=True))) == ([4, 4, 2], doubled)
    with pytest.raises(RequestTooLarge, match="10 rows and may have at most 4"):
        asyncio.run(scenario(BatchingRules(max_batch_size=4, max_request_rows=4)))
