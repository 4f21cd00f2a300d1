"""The compiled pipelines: their parameters, how their steps follow each other, and what they ask of a machine."""

from __future__ import annotations

import pytest

from shipway.runner import Home, prepare_pipeline

STEPS = (
    "example-gen", "statistics-gen", "schema-gen", "example-validator", "transform", "trainer",
    "latest-blessed-model-resolver", "evaluator", "infra-validator", "pusher",
)  # fmt: skip


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    return {name: prepare_pipeline(name, home) for name in ("flights", "taxi", "penguins")}


def tasks_of(pipeline):
    return pipeline.record["spec"]["root"]["dag"]["tasks"]


@pytest.mark.parametrize("name", ["flights", "taxi", "penguins"])
def test_every_pipeline_goes_from_examples_to_a_pushed_model(pipelines, name):
    tasks = tasks_of(pipelines[name])
    assert set(STEPS) <= set(tasks)
    assert set(tasks) - set(STEPS) == ({"join-flights"} if name == "flights" else set())
    assert "example-validator" in tasks["transform"]["dependentTasks"]
    pushed = tasks["pusher"]["inputs"]["artifacts"]
    assert pushed["model_blessing"]["taskOutputArtifact"]["producerTask"] == "evaluator"
    assert pushed["infra_blessing"]["taskOutputArtifact"]["producerTask"] == "infra-validator"


@pytest.mark.parametrize("name", ["flights", "taxi", "penguins"])
def test_the_baseline_is_the_model_in_service(pipelines, name):
    tasks = tasks_of(pipelines[name])
    baseline = tasks["evaluator"]["inputs"]["artifacts"]["baseline_model"]["taskOutputArtifact"]
    assert baseline["producerTask"] == "latest-blessed-model-resolver"
    candidate = tasks["latest-blessed-model-resolver"]["inputs"]["artifacts"]["candidate"]["taskOutputArtifact"]
    assert candidate["producerTask"] == "trainer"


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        ("flights", {"data": "", "spans": "1-12", "train_steps": 1500, "push_destination": "serving/flights"}),
        ("taxi", {"train_steps": 1000, "push_destination": "serving/taxi"}),
        ("penguins", {"train_steps": 200, "push_destination": "serving/penguins"}),
    ],
)
def test_what_may_be_left_out(pipelines, name, defaults):
    slots = pipelines[name].record["spec"]["root"]["inputDefinitions"]["parameters"]
    assert {key: slots[key].get("defaultValue") for key in defaults} == defaults


def test_taxi_must_be_told_where_its_data_is(pipelines):
    data = pipelines["taxi"].record["spec"]["root"]["inputDefinitions"]["parameters"]["data"]
    assert not data.get("isOptional")


def test_flights_takes_the_spans_that_it_is_asked_for(pipelines):
    inputs = tasks_of(pipelines["flights"])["example-gen"]["inputs"]
    assert inputs["parameters"]["spans"] == {"componentInputParameter": "spans"}
    assert inputs["artifacts"]["source"]["taskOutputArtifact"]["producerTask"] == "join-flights"
