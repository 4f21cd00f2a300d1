"""Edges between steps, through groups, loops and nested pipelines, and by lineage's events."""

from __future__ import annotations

from shipway.dashboards.runs.flows import flow_of, flow_of_run, in_words, recorded_edges, step_name
from shipway.dashboards.runs.records import ArtifactRef, Run, Task
from shipway.runner.spec_reader import read_spec


def flow(spec):
    return flow_of(read_spec(spec, {}, "taxi"))


def test_a_chain_and_mere_order(task, pipeline):
    found = flow(
        pipeline(
            {
                "data": task("data"),
                "train": task("train", takes={"examples": ("data", "rows"), "schema": ("data", "schema")}),
                "tell": task("tell", after=["train"]),
            }
        )
    )
    assert [step.name for step in found.steps] == ["data", "train", "tell"]
    assert found.edges == {("data", "train"): ("examples", "schema"), ("train", "tell"): ()}


def test_inside_of_a_condition(task, pipeline):
    group = {"tasks": {"push": task("push", takes={"model": "pipelinechannel--model"}), "tell": task("tell")}}
    found = flow(
        pipeline(
            {
                "train": task("train"),
                "condition-1": task(
                    "condition-1",
                    takes={"pipelinechannel--model": ("train", "model")},
                    triggerPolicy={"condition": "inputs.x == 1"},
                ),
                "last": task("last", after=["condition-1"]),
            },
            {"condition-1": group},
        )
    )
    steps = {step.name: step.conditions for step in found.steps}
    assert steps == {"train": (), "push": ("inputs.x == 1",), "tell": ("inputs.x == 1",), "last": ()}
    assert found.edges == {("train", "push"): ("model",), ("push", "last"): (), ("tell", "last"): ()}


def test_a_loop_and_what_it_collects(task, pipeline):
    inner = {
        "tasks": {"train": task("train"), "judge": task("judge", takes={"model": ("train", "model")})},
        "outputs": {
            "artifacts": {
                "pipelinechannel--train-model": {
                    "artifactSelectors": [{"producerSubtask": "train", "outputArtifactKey": "model"}]
                }
            }
        },
    }
    looped = {"parameterIterator": {"itemInput": "item", "items": {"raw": "[1, 2]"}}}
    found = flow(
        pipeline(
            {
                "for-loop-1": task("for-loop-1", **looped),
                "best": task("best", takes={"models": ("for-loop-1", "pipelinechannel--train-model")}),
            },
            {"for-loop-1": inner},
        )
    )
    assert {step.name: step.loops for step in found.steps} == {
        "train": ("for-loop-1",), "judge": ("for-loop-1",), "best": (),
    }  # fmt: skip
    assert found.edges == {("train", "judge"): ("model",), ("train", "best"): ("models",)}


def test_a_nested_pipeline_has_its_name_in_those_of_its_steps(task, pipeline):
    inner = {"tasks": {"first": task("first", takes={"rows": "rows"}), "second": task("second", after=["first"])}}
    found = flow(
        pipeline(
            {
                "data": task("data"),
                "inner": task("inner", takes={"rows": ("data", "rows")}),
                "end": task("end", after=["inner"]),
            },
            {"inner": inner},
        )
    )
    assert [step.name for step in found.steps] == ["data", "inner.first", "inner.second", "end"]
    assert set(found.edges) == {("data", "inner.first"), ("inner.first", "inner.second"), ("inner.second", "end")}


def test_instances_belong_to_their_step():
    assert [step_name(name) for name in ("train", "train.0", "inner.3.train.1", "0.train")] == [
        "train", "train", "inner.train", "train",
    ]  # fmt: skip


def test_a_condition_in_words():
    written = "inputs.parameter_values['pipelinechannel--judge-word'] == 'heads' && inputs.parameter_values['n'] > 1"
    assert in_words(written) == "judge-word == 'heads' && n > 1"


def test_a_specification_that_is_missing_or_damaged(workshop, task, pipeline):
    folder = workshop.run("r1")
    for content in (None, "", "{}", '{"spec": {}, "platform": {}, "target": 1}', "[]"):
        if content is not None:
            (folder / "spec.json").write_text(content)
        found, problem = flow_of_run(folder)
        assert found.steps == ()
        assert "spec.json" in problem
    workshop.spec("r1", pipeline({"data": task("data")}))
    found, problem = flow_of_run(folder)
    assert [step.name for step in found.steps] == ["data"]
    assert problem == ""


def test_edges_that_lineage_tells():
    rows, model = ArtifactRef("rows", "Examples", "/r", 1), ArtifactRef("model", "Model", "/m", 2)
    tasks = [
        Task("data", "SUCCEEDED", outputs=[rows]),
        Task("train", "SUCCEEDED", inputs=[rows], outputs=[model]),
        Task("judge", "SUCCEEDED", inputs=[rows, model, ArtifactRef("old", "Model", "/o", 9)]),
    ]
    run = Run("r1", "taxi", "SUCCEEDED", tasks=tasks)
    assert recorded_edges(run) == {
        ("data", "train"): ("rows",), ("data", "judge"): ("rows",), ("train", "judge"): ("model",),
    }  # fmt: skip
