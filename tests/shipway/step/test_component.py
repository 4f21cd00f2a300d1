"""What a step compiles to, by kfp's own compiler."""

import json
from typing import NamedTuple

import pytest
import yaml
from kfp import compiler, dsl

from shipway.artifacts import Examples, Model, Schema
from shipway.step import Input, ModuleFile, Output, StepContext, module_digest, step
from shipway.step.task import WrongArtifactType


class Result(NamedTuple):
    loss: float
    blessed: bool


@step(
    image="data",
    cpu="500m",
    memory="2Gi",
    accelerator="nvidia.com/gpu",
    accelerator_count=2,
    node_pool="gpu-pool",
    retries=3,
    timeout_seconds=90,
)
def rows(examples: Output[Examples], count: int = 3, options: dict = {"a": [1]}) -> None:
    """Make rows.

    Args:
        count: how many rows.
    """


@step(image="registry.example.com/own/train:7", reads=lambda: "state")
def fit(
    examples: Input[Examples],
    model: Output[Model],
    module_file: ModuleFile,
    context: StepContext,
    schema: Input[Schema] | None = None,
) -> Result:
    """Fit."""


@step(image="control")
def merge(parts: Input[list[Examples]], merged: Output[Examples]) -> None:
    """Merge."""


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("def run_fn(fn_args): ...\n")
    return str(path)


def compiled(pipeline, tmp_path):
    compiler.Compiler().compile(pipeline, str(tmp_path / "p.yaml"))
    return list(yaml.safe_load_all((tmp_path / "p.yaml").read_text()))


def test_a_step_is_a_container_component(tmp_path, module):
    @dsl.pipeline(name="two")
    def two(count: int = 5):
        fit(examples=rows(count=count).outputs["examples"], module_file=module)

    spec, platform = compiled(two, tmp_path)
    container = spec["deploymentSpec"]["executors"]["exec-fit"]["container"]
    assert container["image"] == "registry.example.com/own/train:7"
    assert container["command"] == ["python", "-m", "shipway.step"]
    assert container["args"] == [fit.reference, "--executor-input", "{{$}}"]
    component = spec["components"]["comp-fit"]
    assert set(component["inputDefinitions"]["artifacts"]) == {"examples", "schema"}
    assert component["inputDefinitions"]["artifacts"]["schema"]["isOptional"] is True
    assert component["outputDefinitions"]["artifacts"]["model"]["artifactType"]["schemaTitle"] == "system.Model"
    assert set(component["outputDefinitions"]["parameters"]) == {"loss", "blessed"}
    count = spec["components"]["comp-rows"]["inputDefinitions"]["parameters"]["count"]
    assert count["description"] == "how many rows."
    assert "{{$}}" not in json.dumps(platform)


def test_resources_land_in_the_spec(tmp_path, module):
    @dsl.pipeline(name="resources")
    def resources():
        rows()

    spec, platform = compiled(resources, tmp_path)
    container = spec["deploymentSpec"]["executors"]["exec-rows"]["container"]
    assert container["image"].startswith("shipway/data:")
    assert container["resources"]["resourceCpuLimit"] == "500m"
    assert container["resources"]["resourceMemoryLimit"] == "2Gi"
    assert container["resources"]["accelerator"]["resourceType"] == "nvidia.com/gpu"
    assert container["resources"]["accelerator"]["resourceCount"] == "2"
    assert spec["root"]["dag"]["tasks"]["rows"]["retryPolicy"]["maxRetryCount"] == 3
    pod = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]["exec-rows"]
    assert pod["activeDeadlineSeconds"] == "90"
    assert pod["nodeSelector"]["labels"] == {"shipway.dev/node-pool": "gpu-pool"}


def test_every_parameter_is_passed_explicitly_and_the_modules_digest_with_it(tmp_path, module):
    @dsl.pipeline(name="explicit")
    def explicit():
        fit(examples=rows().outputs["examples"], module_file=module)

    spec, _ = compiled(explicit, tmp_path)
    tasks = spec["root"]["dag"]["tasks"]
    assert tasks["rows"]["inputs"]["parameters"]["count"]["runtimeValue"]["constant"] == 3
    assert tasks["rows"]["inputs"]["parameters"]["options"]["runtimeValue"]["constant"] == {"a": [1]}
    digest = tasks["fit"]["inputs"]["parameters"]["module_file_digest"]["runtimeValue"]["constant"]
    assert digest == module_digest(module)


def test_a_single_result_is_the_tasks_output(tmp_path):
    @step(image="control")
    def add(number: int) -> int:
        """Add."""

    @dsl.pipeline(name="single")
    def single():
        add(number=add(number=1).output)

    spec, *_ = compiled(single, tmp_path)
    assert list(spec["components"]["comp-add"]["outputDefinitions"]["parameters"]) == ["output"]


def test_what_reads_beside_its_inputs_is_not_cached_by_kubeflow(tmp_path, module):
    @dsl.pipeline(name="caching")
    def caching():
        fit(examples=rows().outputs["examples"], module_file=module)

    spec, _ = compiled(caching, tmp_path)
    tasks = spec["root"]["dag"]["tasks"]
    assert tasks["rows"]["cachingOptions"] == {"enableCache": True}
    assert not tasks["fit"]["cachingOptions"].get("enableCache")


def test_wrong_wiring_names_both_steps(module):
    with pytest.raises(
        WrongArtifactType,
        match=r"Step 'fit' produces Model, but it is wired into the input 'examples' of step 'fit', which takes",
    ):

        @dsl.pipeline(name="wrong")
        def wrong():
            model = fit(examples=rows().outputs["examples"], module_file=module).outputs["model"]
            fit(examples=model, module_file=module)


def test_wrong_wiring_is_seen_through_collected_and_one_of(module):
    with pytest.raises(WrongArtifactType, match="'parts' of step 'merge'"):

        @dsl.pipeline(name="collected")
        def collected():
            with dsl.ParallelFor([1, 2]):
                task = fit(examples=rows().outputs["examples"], module_file=module)
            merge(parts=dsl.Collected(task.outputs["model"]))

    with pytest.raises(WrongArtifactType, match="'examples' of step 'fit'"):

        @dsl.pipeline(name="chosen")
        def chosen(flag: str = "a"):
            with dsl.If(flag == "a"):
                first = fit(examples=rows().outputs["examples"], module_file=module)
            with dsl.Else():
                second = fit(examples=rows().outputs["examples"], module_file=module)
            fit(examples=dsl.OneOf(first.outputs["model"], second.outputs["model"]), module_file=module)


def test_right_wiring_passes_through_collected(tmp_path):
    @dsl.pipeline(name="gathered")
    def gathered():
        with dsl.ParallelFor([1, 2]) as item:
            task = rows(count=item)
        merge(parts=dsl.Collected(task.outputs["examples"]))

    spec, *_ = compiled(gathered, tmp_path)
    parts = spec["components"]["comp-merge"]["inputDefinitions"]["artifacts"]["parts"]
    assert parts["isArtifactList"] is True
