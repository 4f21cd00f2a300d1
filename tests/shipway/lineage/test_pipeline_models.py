"""The models of a pipeline, and what executions took."""

from __future__ import annotations

from typing import Any

import pytest

from shipway.lineage import Lineage
from shipway.lineage.execution_inputs import inputs_of
from shipway.lineage.pipeline_models import newest_made_models, newest_models

HOSTILE = "<b>\"'; DROP TABLE Artifact --\0"


@pytest.fixture
def train(make: Any, record: Any) -> Any:
    """Trains the models of these runs."""

    def trained(*runs: str, pipeline: str = "") -> None:
        for run in runs:
            make(run, "trainer", {}, {"model": [record("Model", f"/models/{run}")]}, pipeline=pipeline)

    return trained


def runs_of(found: list[Any]) -> list[str]:
    return [one.made_by.execution.run_id for one in found]


def test_newest_first_and_page_by_page(train: Any, lineage: Lineage) -> None:
    train(*(f"run-{number}" for number in range(7)))
    service = lineage.queries().service
    first = newest_models(service, "taxi", 3)
    assert runs_of(first) == ["run-6", "run-5", "run-4"]
    assert {one.made_by.key for one in first} == {"model"}
    assert {one.pipeline for one in first} == {"taxi"}
    assert runs_of(newest_models(service, "taxi", 3, below=first[-1].model.id)) == ["run-3", "run-2", "run-1"]
    assert runs_of(newest_models(service, "taxi", 100)) == [f"run-{number}" for number in range(6, -1, -1)]
    assert newest_models(service, "unknown", 3) == []
    assert newest_models(service, "", 3) == []


def test_models_that_a_pipeline_only_used_are_not_its_own(train: Any, make: Any, record: Any, lineage: Any) -> None:
    train("ours-1")
    train("theirs-1", "theirs-2", "theirs-3", pipeline="other")
    for number in (1, 2, 3):
        make("ours-2", f"infer-{number}", {"model": [record("Model", f"/models/theirs-{number}")]}, {})
    make.cached("ours-3", "trainer", {}, {"model": [record("Model", "/models/theirs-1")]})
    service = lineage.queries().service
    assert runs_of(newest_models(service, "taxi", 1)) == ["ours-1"]
    assert runs_of(newest_models(service, "other", 9)) == ["theirs-3", "theirs-2", "theirs-1"]
    assert runs_of(newest_made_models(service, 2)) == ["theirs-3", "theirs-2"]


def test_a_name_is_a_name(train: Any, lineage: Lineage) -> None:
    train("run-1", pipeline=HOSTILE)
    assert runs_of(newest_models(lineage.queries().service, HOSTILE, 3)) == ["run-1"]


def test_inputs_by_key(make: Any, record: Any, lineage: Lineage) -> None:
    model, rows = record("Model", "/m"), [record("Examples", f"/e{number}") for number in range(3)]
    ids = [
        make("run-1", "evaluator", {"model": [model], "baseline_model": [model], "examples": rows}, {}),
        make("run-1", "pusher", {"model": [model]}, {}),
        make("run-1", "example_gen", {}, {"examples": rows}),
    ]
    found = inputs_of(lineage.queries().service, ids)
    assert {key: [one.uri for one in taken] for key, taken in found[ids[0]].items()} == {
        "model": ["/m"], "baseline_model": ["/m"], "examples": ["/e0", "/e1", "/e2"],
    }  # fmt: skip
    assert list(found[ids[1]]) == ["model"]
    assert found[ids[2]] == {}
    assert inputs_of(lineage.queries().service, []) == {}
