"""Models are added, removed, changed, loaded and unloaded at runtime, and labels are moved."""

import asyncio
import threading

import pytest

from shipway.serving.config.version_policy import VersionPolicy
from shipway.serving.faults import Code, InvalidRequest
from shipway.serving.lifecycle import LabelOfUnavailableVersion, ModelsNotAvailable, UnknownPlatform
from shipway.serving.lifecycle.lifecycle import IndexEntry
from shipway.serving.servable import NoVersionAvailable, UnknownLabel, UnknownModel, UnknownVersion

ALL = VersionPolicy.all()


def test_models_are_added_and_removed(workplace, run):
    async def scenario():
        workplace.put(1)
        workplace.put(5, base="n")
        lifecycle = await workplace.serve()
        await lifecycle.reconfigure([workplace.model(), workplace.model("n")])
        assert await workplace.ask(model="n") == 5.0
        await lifecycle.reconfigure([workplace.model("n")])
        assert await workplace.ask(model="n") == 5.0
        with pytest.raises(UnknownModel, match="served here: n"):
            await workplace.ask()
        await workplace.until(lambda: workplace.recorder.events[-1] == ("unloaded", "m", 1))
        assert workplace.runtime.models[0].is_closed

    run(scenario)


def test_a_request_under_way_survives_the_removal_of_its_model(workplace, run):
    async def scenario():
        workplace.runtime.seconds = 0.05
        workplace.put(1)
        lifecycle = await workplace.serve(warms_up=False)
        request = asyncio.create_task(workplace.ask())
        await asyncio.sleep(0.01)
        await lifecycle.reconfigure([])
        assert await request == 1.0

    run(scenario)


def test_another_policy_counts_at_once(workplace, run):
    async def scenario():
        workplace.put(1)
        workplace.put(2)
        lifecycle = await workplace.serve(poll_seconds=0)
        await lifecycle.reconfigure([workplace.model(policy=ALL)])
        await workplace.until_available(1, 2)
        await lifecycle.reconfigure([workplace.model(policy=VersionPolicy.specific([1]))])
        await workplace.until_available(1)

    run(scenario)


def test_a_named_version_that_is_not_there_leaves_the_one_that_is_served(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.serve()
        await lifecycle.reconfigure([workplace.model(policy=VersionPolicy.specific([2]))])
        await asyncio.sleep(0.03)
        assert await workplace.ask() == 1.0
        workplace.put(2)
        await workplace.until_available(2)

    run(scenario)


def test_another_base_path_with_the_same_version_is_swapped_in_place(workplace, run):
    async def scenario():
        workplace.put(1, 10)
        workplace.put(1, 20, base="elsewhere")
        lifecycle = await workplace.serve()
        gate = workplace.runtime.gates[1] = threading.Event()
        await lifecycle.reconfigure([workplace.model(base="elsewhere")])
        assert await workplace.ask() == 10.0
        gate.set()
        await workplace.until(lambda: workplace.runtime.models[0].is_closed)
        assert await workplace.ask(version=1) == 20.0
        assert workplace.states() == {1: "AVAILABLE"}

    run(scenario)


def test_another_base_path_whose_version_fails_leaves_what_is_served(workplace, run):
    async def scenario():
        workplace.put(1, 10)
        workplace.put(1, "broken", base="elsewhere")
        lifecycle = await workplace.serve()
        await lifecycle.reconfigure([workplace.model(base="elsewhere")])
        assert workplace.states() == {1: "AVAILABLE"}
        await workplace.until(lambda: workplace.recorder.reasons)
        assert await workplace.ask() == 10.0
        assert workplace.states() == {1: "AVAILABLE"}

    run(scenario)


def test_an_unknown_platform_changes_nothing(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.serve()
        sentence = "Model n requests unsupported platform 'onnx': write one of factor"
        with pytest.raises(UnknownPlatform, match=sentence):
            await lifecycle.reconfigure([workplace.model("n", platform="onnx")])
        assert await workplace.ask() == 1.0

    run(scenario)


def test_a_model_may_not_become_one_of_another_platform(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.serve(workplace.model(platform="factor"))
        workplace.runtime.platform = "other"
        with pytest.raises(InvalidRequest, match="'m' is served as 'factor' and cannot become 'other'"):
            await lifecycle.reconfigure([workplace.model(platform="other")])

    run(scenario)


def test_a_new_model_without_a_version_is_said_to_whoever_added_it(workplace, run):
    async def scenario():
        workplace.put(1)
        workplace.put(1, "broken", base="n")
        lifecycle = await workplace.serve()
        sentence = r"1 model\(s\) did not become available: Model 'n' version 1: It cannot be loaded \(ValueError"
        with pytest.raises(ModelsNotAvailable, match=sentence):
            await lifecycle.reconfigure([workplace.model(), workplace.model("n")])
        with pytest.raises(ModelsNotAvailable, match="'o': Could not find base path"):
            await lifecycle.reconfigure([workplace.model(), workplace.model("o")])
        workplace.put(2, base="o")
        await workplace.until_available(2, model="o")

    run(scenario)


def test_labels_at_the_start_may_name_versions_that_are_still_loading(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.start(workplace.model(labels={"stable": 1}))
        assert await lifecycle.wait_until_ready(5)
        assert await workplace.ask(label="stable") == 1.0
        with pytest.raises(UnknownLabel, match=r"Unrecognized servable version label: canary\. Labels of m: stable"):
            await workplace.ask(label="canary")

    run(scenario)


def test_labels_move_between_versions_that_can_be_asked(workplace, run):
    async def scenario():
        workplace.put(1)
        workplace.put(2)
        lifecycle = await workplace.serve(workplace.model(policy=ALL))
        await workplace.until_available(1, 2)
        lifecycle.set_label("m", "stable", 1)
        assert await workplace.ask(label="stable") == 1.0
        lifecycle.set_label("m", "stable", 2)
        assert await workplace.ask(label="stable") == 2.0
        lifecycle.set_label("m", "stable", None)
        with pytest.raises(UnknownLabel):
            await workplace.ask(label="stable")
        await lifecycle.reconfigure([workplace.model(policy=ALL, labels={"old": 1, "new": 2})])
        assert [await workplace.ask(label=label) for label in ("old", "new")] == [1.0, 2.0]

    run(scenario)


def test_a_label_for_a_version_that_nobody_could_ask_changes_nothing(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.serve(workplace.model(labels={"stable": 1}))
        sentence = (
            "Request to assign label to version 9 of model m, which is not currently available for inference: the "
            "label 'stable' can stand for 1, or"
        )
        with pytest.raises(LabelOfUnavailableVersion, match=sentence) as raised:
            await lifecycle.reconfigure([workplace.model(labels={"stable": 9}), workplace.model("n")])
        assert raised.value.code is Code.FAILED_PRECONDITION
        with pytest.raises(LabelOfUnavailableVersion, match=r"version 1 of model n.* can stand for none yet"):
            await lifecycle.reconfigure([workplace.model("n", labels={"stable": 1})])
        with pytest.raises(LabelOfUnavailableVersion):
            lifecycle.set_label("m", "stable", 9)
        assert await workplace.ask(label="stable") == 1.0
        assert set(workplace.catalog.models) == {"m"}
        with pytest.raises(UnknownModel):
            lifecycle.set_label("n", "stable", 1)

    run(scenario)


def test_a_new_label_may_wait_where_that_is_allowed(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.serve(workplace.model(labels={"stable": 1}), new_labels_may_wait=True)
        lifecycle.set_label("m", "canary", 2)
        with pytest.raises(UnknownVersion):
            await workplace.ask(label="canary")
        with pytest.raises(LabelOfUnavailableVersion):
            lifecycle.set_label("m", "stable", 2)

    run(scenario)


def test_a_model_is_unloaded_and_loaded_again(workplace, run):
    async def scenario():
        workplace.put(1)
        lifecycle = await workplace.serve()
        await lifecycle.unload("m")
        assert workplace.runtime.models[0].is_closed
        with pytest.raises(NoVersionAvailable):
            await workplace.ask()
        assert lifecycle.is_ready  # nothing that should be there is missing
        workplace.put(2)
        await asyncio.sleep(0.03)
        assert workplace.states() == {1: "END"}
        await lifecycle.load("m")
        assert await workplace.ask() == 2.0
        await lifecycle.load("m")
        assert len(workplace.runtime.models) == 2

    run(scenario)


def test_unloading_waits_for_requests(workplace, run):
    async def scenario():
        workplace.runtime.seconds = 0.05
        workplace.put(1)
        lifecycle = await workplace.serve(warms_up=False)
        request = asyncio.create_task(workplace.ask())
        await asyncio.sleep(0.01)
        await lifecycle.unload("m")
        assert request.done()
        assert await request == 1.0

    run(scenario)


def test_loading_what_cannot_be_loaded_says_why(workplace, run):
    async def scenario():
        folder = workplace.put(1, "broken")
        lifecycle = await workplace.start(poll_seconds=0)
        await workplace.until_ended(1)
        with pytest.raises(ModelsNotAvailable, match="'m' version 1: It cannot be loaded"):
            await lifecycle.load("m")
        assert workplace.runtime.tries == [1, 1]
        (folder / "factor.txt").write_text("4")
        await lifecycle.load("m")
        assert await workplace.ask() == 4.0
        with pytest.raises(UnknownModel, match=r"Latest\(n\)"):
            await lifecycle.load("n")
        with pytest.raises(UnknownModel):
            await lifecycle.unload("n")

    run(scenario)


def test_loading_tries_at_once_what_waits_for_another_try(workplace, run):
    async def scenario():
        workplace.put(1, "broken")
        lifecycle = await workplace.start(load_retries=5, retry_seconds=60)
        await workplace.until(lambda: workplace.recorder.reasons)
        with pytest.raises(ModelsNotAvailable):
            await asyncio.wait_for(lifecycle.load("m"), 5)
        assert workplace.runtime.tries == [1, 1]

    run(scenario)


def test_the_index_lists_models_and_versions(workplace, run):
    async def scenario():
        workplace.put(1)
        workplace.put(2, "broken")
        lifecycle = await workplace.start(workplace.model(policy=ALL), workplace.model("n"))
        await workplace.until_available(1)
        await workplace.until_ended(2)
        missing, first, second = sorted(lifecycle.index(), key=lambda entry: (entry.version, entry.name))
        assert (missing.name, missing.state) == ("n", "UNAVAILABLE")
        assert "Could not find base path" in missing.reason
        assert first == IndexEntry("m", "1", "READY", "")
        assert second[:3] == ("m", "2", "UNAVAILABLE")
        assert "could not convert" in second.reason

    run(scenario)
