"""When batches run: nobody waits for company without need, and everybody hears something in time."""

import asyncio
from itertools import pairwise
from time import monotonic

import pytest

from shipway.serving.batching.batcher import QueueFull, TimeOver
from shipway.serving.batching.rules import BatchingRules

QUICK, SLOW = 0.0, 0.02


def test_a_lone_request_waits_for_nobody(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(timeout_seconds=0.0))
        await bench.ask_row(1.0)
        return bench.batches[0]

    batch = asyncio.run(scenario())
    assert batch.started - batch.calls[0].queued < 0.005


def test_who_is_alone_is_answered_at_once_where_the_model_is_idle_and_quick(new_bench):
    async def scenario():
        bench, waiting, slow = new_bench(), new_bench(BatchingRules(timeout_seconds=0.001)), new_bench(seconds=SLOW)
        answer = bench.ask_row(1.0, is_alone=True)
        assert answer.result().arrays()["doubled"].tolist() == [2.0]
        first, second = bench.ask_row(2.0), bench.ask_row(3.0, is_alone=True)
        late = [waiting.ask_row(1.0, is_alone=True), slow.ask_row(1.0, is_alone=True)]
        over = new_bench().ask_row(1.0, is_alone=True, seconds=-1.0)
        assert not any(future.done() for future in (first, second, *late, over))
        await asyncio.gather(first, second, *late)
        with pytest.raises(TimeOver):
            await over
        return bench.model.sizes

    assert asyncio.run(scenario()) == [1, 2]


def test_full_batches_are_handed_over_before_their_turn_and_run_in_it(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(max_batch_size=4), seconds=SLOW)
        waiting = [bench.ask_row(float(x)) for x in range(10)]
        await asyncio.sleep(SLOW / 4)
        assert (bench.model.sizes, bench.batcher.queued_rows) == ([4], 2)
        answers = await asyncio.gather(*waiting)
        ran = [(batch.started, batch.finished) for batch in bench.batches]
        assert all(ended <= began for (_, ended), (began, _) in pairwise(ran))
        assert bench.batcher.is_idle
        return bench.model.sizes, [float(a.arrays()["doubled"][0]) for a in answers]

    assert asyncio.run(scenario()) == ([4, 4, 2], [2.0 * x for x in range(10)])


def test_a_slow_model_runs_beside_the_loop_and_what_comes_meanwhile_runs_together(new_bench):
    async def scenario():
        bench = new_bench(seconds=SLOW)
        first = bench.ask_row(0.0)
        await asyncio.sleep(SLOW / 4)
        others = [bench.ask_row(float(x)) for x in range(1, 9)]
        await asyncio.gather(first, *others)
        return bench.model

    model = asyncio.run(scenario())
    assert model.sizes == [1, 8]
    assert "MainThread" not in model.threads


def test_a_model_that_turns_out_quick_moves_into_the_loop(new_bench):
    async def scenario():
        bench = new_bench(seconds=SLOW)
        await bench.ask_row(1.0)
        bench.model.seconds = QUICK
        for _ in range(3):
            await bench.ask_row(1.0)
        bench.model.threads.clear()
        await bench.ask_row(1.0)
        return bench.model.threads

    assert asyncio.run(scenario()) == {"MainThread"}


def test_a_full_queue_refuses_and_what_is_queued_is_answered(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(max_batch_size=2, max_queued_rows=4), seconds=SLOW)
        queued = [bench.ask_row(float(x)) for x in range(4)]
        with pytest.raises(QueueFull, match=r"4 rows may wait") as caught:
            bench.ask_row(9.0)
        assert caught.value.retry_after_seconds == 1
        answers = await asyncio.gather(*queued)
        assert bench.batcher.is_idle
        return [a.arrays()["doubled"][0] for a in answers]

    assert asyncio.run(scenario()) == [0.0, 2.0, 4.0, 6.0]


def test_who_is_late_hears_of_it_and_the_model_does_not_work_for_it(new_bench):
    async def scenario():
        bench = new_bench(seconds=0.15)
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

    sizes, waited = asyncio.run(scenario())
    assert sizes == [1]
    assert waited < 0.14


def test_who_has_gone_costs_the_model_nothing(new_bench):
    async def scenario():
        bench = new_bench(seconds=SLOW)
        first = bench.ask_row(1.0)
        await asyncio.sleep(SLOW / 4)
        gone, staying = bench.ask_row(2.0), bench.ask_row(3.0)
        gone.cancel()
        await asyncio.gather(first, staying)
        return bench.model.sizes

    assert asyncio.run(scenario()) == [1, 1]


def test_with_a_timeout_an_idle_model_waits_for_a_batch_to_fill(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(max_batch_size=3, timeout_seconds=0.05))
        first = bench.ask_row(1.0)
        await asyncio.sleep(0.01)
        assert not first.done()
        await asyncio.gather(first, bench.ask_row(2.0), bench.ask_row(3.0))
        full = bench.batches[-1]
        lone = bench.ask_row(4.0)
        await lone
        return bench.model.sizes, full, bench.batches[-1]

    sizes, full, lone = asyncio.run(scenario())
    assert sizes == [3, 1]
    assert full.started - full.calls[0].queued < 0.045
    assert lone.started - lone.calls[0].queued >= 0.045


def test_who_waits_for_a_batch_to_fill_hears_when_its_time_is_over(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(timeout_seconds=5.0))
        started = monotonic()
        with pytest.raises(TimeOver):
            await bench.ask_row(1.0, seconds=0.03)
        assert monotonic() - started < 1.0

    asyncio.run(scenario())


def test_several_lanes_run_at_once(new_bench):
    async def scenario():
        bench = new_bench(BatchingRules(max_batch_size=1, lanes=2), seconds=0.05)
        started = monotonic()
        await asyncio.gather(*(bench.ask_row(float(x)) for x in range(4)))
        return monotonic() - started, len(bench.model.threads)

    took, threads = asyncio.run(scenario())
    assert threads == 2
    assert took < 0.16
