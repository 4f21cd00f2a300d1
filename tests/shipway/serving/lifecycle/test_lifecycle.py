"""Versions come and go while requests are answered."""

import asyncio
import shutil
import threading

import pytest

from shipway.serving.config.version_policy import VersionPolicy
from shipway.serving.faults import Code
from shipway.serving.servable import NoVersionAvailable, UnknownVersion

ALL = VersionPolicy.all()


def test_the_latest_version_is_loaded_in_a_thread_and_answers(workplace, run):
    async def scenario():
        workplace.put(1)
        workplace.put(3)
        await workplace.serve()
        assert await workplace.ask(2.0) == 6.0
        assert workplace.states() == {3: "AVAILABLE"}
        assert workplace.recorder.events == [("loading", "m", 3), ("loaded", "m", 3)]
        assert all(name.startswith("loader") for name in workplace.runtime.threads)

    run(scenario)


def test_a_new_version_takes_over_and_the_old_one_is_freed(workplace, run):
    async def scenario():
        workplace.put(1)
        await workplace.serve()
        workplace.put(2)
        await workplace.until_available(2)
        await workplace.until_ended(1)
        assert await workplace.ask() == 2.0
        assert [model.is_closed for model in workplace.runtime.models] == [True, False]
        assert workplace.states() == {1: "END", 2: "AVAILABLE"}
        assert workplace.recorder.events[2:] == [("loading", "m", 2), ("loaded", "m", 2), ("unloaded", "m", 1)]

    run(scenario)


def test_the_old_version_answers_until_the_new_one_is_warm(workplace, run):
    async def scenario():
        gate = workplace.runtime.gates[2] = threading.Event()
        workplace.put(1)
        await workplace.serve()
        workplace.put(2)
        await workplace.until(lambda: workplace.states().get(2) == "LOADING")
        assert await workplace.ask() == 1.0
        assert workplace.states() == {1: "AVAILABLE", 2: "LOADING"}
        gate.set()
        await workplace.until_available(2)
        assert workplace.runtime.models[1].sizes[0] == 1  # it has answered its warm-up before anybody's request

    run(scenario)


def test_twenty_swaps_fail_no_request(workplace, run):
    async def scenario():
        workplace.runtime.seconds = 0.001
        workplace.put(1)
        await workplace.serve()
        answers: list[float] = []
        is_over = False

        async def caller():
            while not is_over:
                answers.append(await workplace.ask())

        callers = [asyncio.create_task(caller()) for _ in range(8)]
        for version in range(2, 22):
            workplace.put(version)
            await workplace.until_available(version)
            assert await workplace.ask() == version
        is_over = True
        await asyncio.gather(*callers)
        assert set(answers) <= {float(version) for version in range(1, 22)}
        assert len(set(answers)) > 10
        await workplace.until_ended(*range(1, 21))
        assert [model.is_closed for model in workplace.runtime.models] == [True] * 20 + [False]

    run(scenario)


def test_a_request_under_way_keeps_its_version(workplace, run):
    async def scenario():
        workplace.runtime.seconds = 0.1
        workplace.put(1)
        await workplace.serve(warms_up=False)
        request = asyncio.create_task(workplace.ask())
        await asyncio.sleep(0.01)
        workplace.runtime.seconds = 0.0
        workplace.put(2)
        await workplace.until_available(2)
        assert workplace.states() == {1: "UNLOADING", 2: "AVAILABLE"}
        assert not workplace.runtime.models[0].is_closed
        with pytest.raises(UnknownVersion, match=r"Specific\(m, 1\).*available: 2"):
            await workplace.ask(version=1)
        assert await request == 1.0
        await workplace.until_ended(1)
        assert workplace.runtime.models[0].is_closed

    run(scenario)


def test_a_request_that_does_not_end_holds_a_version_for_a_while_only(workplace, run):
    async def scenario():
        workplace.put(1)
        await workplace.serve(drain_seconds=0.05)
        with workplace.plane.open("m", None, None, transport="test", header=lambda name: None):
            workplace.put(2)
            await workplace.until_ended(1)
            assert workplace.runtime.models[0].is_closed

    run(scenario)


def test_a_version_that_fails_leaves_the_old_one_and_says_why(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.serve()
        workplace.put(2, "broken")
        await workplace.until_ended(2)
        assert await workplace.ask() == 1.0
        status = workplace.catalog.models["m"].statuses[2]
        assert status.code is Code.INTERNAL
        assert status.message == "It cannot be loaded (ValueError: could not convert string to float: 'broken')."
        assert workplace.recorder.events[-1] == ("failed", "m", 2)
        assert workplace.recorder.reasons == [status.message]
        assert lifecycle.is_ready
        workplace.put(3)
        await workplace.until_available(3)
        await workplace.until_ended(1)
        assert workplace.states() == {1: "END", 2: "END", 3: "AVAILABLE"}

    run(scenario)


def test_a_model_that_cannot_be_loaded_is_a_problem_and_no_hang(workplace, run):
    async def scenario():
        workplace.put(4, "broken")
        lifecycle = await workplace.start()
        assert await lifecycle.wait_until_settled(5)
        assert not lifecycle.is_ready
        assert not await lifecycle.wait_until_ready(0.01)
        (problem,) = lifecycle.problems
        assert problem.startswith("Model 'm' version 4: It cannot be loaded (ValueError:")
        with pytest.raises(NoVersionAvailable):
            await workplace.ask()

    run(scenario)


def test_a_version_that_cannot_be_wrapped_is_closed_and_leaves_the_old_one(workplace, run):
    async def scenario():
        workplace.put(1)
        await workplace.serve()

        def fail(*given):
            raise RuntimeError("its batching parameters are wrong")

        workplace.make_servable = fail
        workplace.put(2)
        await workplace.until_ended(2)
        message = workplace.catalog.models["m"].statuses[2].message
        assert message == "It cannot be served (RuntimeError: its batching parameters are wrong)."
        assert workplace.runtime.models[1].is_closed
        assert await workplace.ask() == 1.0

    run(scenario)


def test_all_versions_and_those_that_are_named(workplace, run):
    async def scenario():
        for version in (1, 2, 3):
            workplace.put(version)
            workplace.put(version, base="n")
        await workplace.serve(workplace.model(policy=ALL), workplace.model("n", policy=VersionPolicy.specific([1, 3])))
        await workplace.until_available(1, 2, 3)
        await workplace.until_available(1, 3, model="n")
        assert [await workplace.ask(version=version) for version in (1, 2, 3, None)] == [1.0, 2.0, 3.0, 3.0]

    run(scenario)


def test_a_version_that_is_deleted_is_unloaded(workplace, run):
    async def scenario():
        first = workplace.put(1)
        workplace.put(2)
        await workplace.serve(workplace.model(policy=ALL))
        await workplace.until_available(1, 2)
        shutil.rmtree(first)
        await workplace.until_ended(1)
        assert await workplace.ask() == 2.0

    run(scenario)


def test_when_the_latest_is_deleted_it_answers_until_the_one_before_is_back(workplace, run):
    async def scenario():
        workplace.put(1)
        await workplace.serve()
        second = workplace.put(2)
        await workplace.until_available(2)
        await workplace.until_ended(1)
        gate = workplace.runtime.gates[1] = threading.Event()
        shutil.rmtree(second)
        await workplace.until(lambda: workplace.states()[1] == "LOADING")
        assert await workplace.ask() == 2.0
        gate.set()
        await workplace.until_available(1)
        assert await workplace.ask() == 1.0

    run(scenario)


def test_a_base_path_that_vanishes_changes_nothing(workplace, run, caplog):
    async def scenario():
        workplace.put(1)
        await workplace.serve()
        shutil.rmtree(workplace.folder / "m")
        await workplace.until(lambda: caplog.records)
        await asyncio.sleep(0.03)
        assert await workplace.ask() == 1.0
        assert len([record for record in caplog.records if "Could not find base path" in record.message]) == 1

    run(scenario)


def test_a_base_path_may_come_later(workplace, run):
    async def scenario():
        lifecycle = await workplace.start()
        assert await lifecycle.wait_until_settled(5)
        assert lifecycle.problems == [
            f"Model 'm': Could not find base path {str(workplace.folder / 'm')!r} (No such file or directory): put a "
            "folder with versions there, it is looked for again."
        ]
        workplace.put(7)
        assert await lifecycle.wait_until_ready(5)
        assert await workplace.ask() == 7.0
        assert lifecycle.problems == []

    run(scenario)


def test_a_base_path_without_versions_is_a_problem(workplace, run):
    async def scenario():
        (workplace.folder / "m" / "latest").mkdir(parents=True)
        lifecycle = await workplace.start()
        assert await lifecycle.wait_until_settled(5)
        assert lifecycle.problems == [
            f"Model 'm' has no version for its policy (latest 1) in {str(workplace.folder / 'm')!r}: put a folder with "
            "a number as its name there."
        ]

    run(scenario)


def test_versions_load_one_after_the_other_unless_told_otherwise(workplace, run):
    async def scenario():
        gates = workplace.runtime.gates = {version: threading.Event() for version in (1, 2)}
        workplace.put(1)
        workplace.put(2)
        await workplace.start(workplace.model(policy=ALL))
        await workplace.until(lambda: workplace.runtime.tries == [2])  # the latest first
        assert workplace.states() == {2: "LOADING", 1: "START"}
        for gate in gates.values():
            gate.set()
        await workplace.until_available(1, 2)

    run(scenario)


def test_a_base_path_that_is_a_version_is_served(workplace, run):
    async def scenario():
        folder = workplace.put(1700000000, 3)
        await workplace.serve(workplace.model(base=f"m/{folder.name}"))
        assert await workplace.ask() == 3.0
        assert workplace.states() == {1700000000: "AVAILABLE"}

    run(scenario)


@pytest.mark.parametrize(("poll_seconds", "versions"), [(0, {1}), (-1, set())])
def test_the_file_system_is_looked_at_once_or_never(workplace, run, poll_seconds, versions):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.start(poll_seconds=poll_seconds)
        if versions:
            assert await lifecycle.wait_until_ready(5)
        workplace.put(2)
        await asyncio.sleep(0.03)
        assert set(workplace.catalog.models["m"].servables) == versions

    run(scenario)


def test_a_server_that_stops_goes_on_answering(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.serve()
        await lifecycle.stop()
        workplace.put(2)
        await asyncio.sleep(0.03)
        assert await workplace.ask() == 1.0
        assert workplace.states() == {1: "AVAILABLE"}

    run(scenario)


def test_the_times_of_the_warm_up_let_a_quick_model_run_in_the_loop(workplace, run):
    async def scenario():
        workplace.put(1)
        await workplace.serve(warmup_batch_sizes=(1, 8))
        assert workplace.runtime.models[0].sizes == [1] * 4 + [8] * 4
        batcher = workplace.catalog.models["m"].latest.batcher(
            workplace.runtime.models[0].signatures["serving_default"]
        )
        assert batcher._is_quick(1)
        assert batcher._is_quick(8)
        assert not batcher._is_quick(64)

    run(scenario)
