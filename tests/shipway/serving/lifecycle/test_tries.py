"""A load that fails is tried again, as long as somebody wants it."""

import asyncio
import threading

from shipway.serving.faults import Code


def test_a_load_is_tried_again(workplace, run):
    async def scenario():
        folder = workplace.put(1, "broken")
        await workplace.start(load_retries=3, retry_seconds=0.05)
        await workplace.until(lambda: len(workplace.recorder.reasons) == 2)
        status = workplace.catalog.models["m"].statuses[1]
        assert (status.state.name, status.code) == ("LOADING", Code.OK)
        assert "could not convert" in status.message
        (folder / "factor.txt").write_text("5")
        await workplace.until_available(1)
        assert await workplace.ask() == 5.0
        assert workplace.catalog.models["m"].statuses[1].message == ""

    run(scenario)


def test_tries_come_to_an_end(workplace, run):
    async def scenario():
        workplace.put(1, "broken")
        await workplace.start(load_retries=2)
        await workplace.until_ended(1)
        await asyncio.sleep(0.05)
        assert workplace.runtime.tries == [1, 1, 1]
        assert workplace.recorder.events == [("loading", "m", 1), *[("failed", "m", 1)] * 3]

    run(scenario)


def test_files_that_change_make_the_next_try_due(workplace, run):
    """A version that is copied in slowly fails first; nobody should wait a minute for it."""

    async def scenario():
        folder = workplace.put(1, "broken")
        await workplace.start(load_retries=1, retry_seconds=60)
        await workplace.until(lambda: workplace.recorder.reasons)
        (folder / "factor.txt").write_text("8")
        await workplace.until_available(1)
        assert await workplace.ask() == 8.0

    run(scenario)


def test_what_was_given_up_is_tried_again_when_its_files_change(workplace, run):
    async def scenario():
        folder = workplace.put(1, "broken")
        await workplace.start()
        await workplace.until_ended(1)
        (folder / "factor.txt").write_text("9")
        await workplace.until_available(1)
        assert await workplace.ask() == 9.0

    run(scenario)


def test_a_load_that_nobody_wants_any_more_is_given_up(workplace, run):
    async def scenario():
        workplace.put(1, "broken")
        await workplace.start(load_retries=5, retry_seconds=60)
        await workplace.until(lambda: workplace.recorder.reasons)
        workplace.put(2)
        await workplace.until_available(2)
        status = workplace.catalog.models["m"].statuses[1]
        assert (status.state.name, status.code) == ("END", Code.CANCELLED)

    run(scenario)


def test_what_a_thread_loads_for_nobody_is_closed(workplace, run):
    async def scenario():
        gate = workplace.runtime.gates[1] = threading.Event()
        workplace.put(1)
        await workplace.start(load_threads=2)
        await workplace.until(lambda: workplace.runtime.tries)
        workplace.put(2)
        await workplace.until_available(2)
        gate.set()
        await workplace.until(lambda: len(workplace.runtime.models) == 2 and workplace.runtime.models[1].is_closed)
        assert await workplace.ask() == 2.0

    run(scenario)


def test_stopping_ends_a_load_that_waits(workplace, run):
    async def scenario():
        workplace.put(1, "broken")
        lifecycle = await workplace.start(load_retries=5, retry_seconds=60)
        await workplace.until(lambda: workplace.recorder.reasons)
        await asyncio.wait_for(lifecycle.stop(), 1)

    run(scenario)
