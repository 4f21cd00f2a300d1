"""What steps and commands ask: runs, latest artifacts, blessed models, spans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import Lineage, LineageQueries
from shipway.lineage.faults import MissingStore


def test_runs_are_listed_newest_first_with_their_pipeline(make: Any, lineage: Lineage) -> None:
    make("run-1", "example_gen")
    make("run-2", "example_gen", pipeline="flights")
    make("run-1", "trainer")
    assert [(run.run_id, run.pipeline) for run in lineage.queries().runs()] == [("run-2", "flights"), ("run-1", "taxi")]
    assert [run.run_id for run in lineage.queries().runs(limit=1)] == ["run-2"]


def test_a_run_is_read_whole(make: Any, lineage: Lineage, record: Any) -> None:
    make("run-1", "example_gen", {}, {"examples": [record("Examples", "/e", span=4, rows=10)]}, input_base="/data")
    make("run-1", "trainer", {"examples": [record("Examples", "/e")]}, {}, train_args={"num_steps": 5})
    first, second = lineage.queries().run("run-1")
    assert (first.pipeline, first.run_id, first.task, first.step) == (
        "taxi", "run-1", "example_gen", "shipway_components.example_gen",
    )  # fmt: skip
    assert first.parameters == {"input_base": "/data"}
    assert first.outputs["examples"][0].metadata == {"span": 4, "rows": 10}
    assert second.inputs["examples"] == first.outputs["examples"]
    assert second.parameters == {"train_args": '{"num_steps": 5}'}
    assert second.cache_key == "key-trainer"
    assert 0 < first.started_ms <= first.updated_ms <= second.updated_ms


def test_more_than_a_page_of_everything(make: Any, lineage: Lineage, record: Any) -> None:
    for number in range(130):
        make("run-1", f"task-{number}", {}, {"examples": [record("Examples", f"/e{number}")]})
    queries = lineage.queries()
    assert len(queries.run("run-1")) == 130
    assert [one.uri for one in queries.artifacts("Examples")] == [f"/e{n}" for n in reversed(range(130))]
    assert [one.uri for one in queries.artifacts(limit=2)] == ["/e129", "/e128"]


def test_what_is_not_there(lineage: Lineage) -> None:
    queries = lineage.queries()
    assert queries.runs() == queries.run("nope") == queries.artifacts("Model") == []
    assert queries.artifact(5) is queries.artifact_by_uri("/x") is queries.latest_artifact("Model") is None
    assert queries.latest_blessed_model() is None


def test_latest_artifact_by_pipeline_content_and_output(make: Any, lineage: Lineage, record: Any) -> None:
    make("run-1", "example_gen", {}, {"examples": [record("Examples", "/e1", "one")]})
    transformed = {"transformed_examples": [record("Examples", "/t1", "two")]}
    make("run-1", "transform", {"examples": [record("Examples", "/e1", "one")]}, transformed)
    make("run-2", "example_gen", {}, {"examples": [record("Examples", "/f1", "three")]}, pipeline="flights")
    make("run-2", "trainer", {"examples": [record("Examples", "/e1", "one")]}, pipeline="flights")
    queries = lineage.queries()

    def latest(**choice: Any) -> str | None:
        found = queries.latest_artifact("Examples", **choice)
        return found.uri if found else None

    assert latest() == "/f1"
    assert latest(exclude_digest="three") == "/t1"
    assert latest(pipeline="taxi") == "/t1"
    assert latest(pipeline="taxi", output_key="examples") == "/e1"
    assert latest(pipeline="penguins") is None


def test_latest_artifact_counts_what_a_pipeline_reused(make: Any, lineage: Lineage, record: Any) -> None:
    examples = {"examples": [record("Examples", "/e1")]}
    make("run-1", "example_gen", {}, examples)
    make.cached("run-2", "example_gen", {}, examples, pipeline="flights")
    found = lineage.queries().latest_artifact("Examples", pipeline="flights")
    assert found is not None
    assert found.uri == "/e1"


def test_latest_artifact_passes_over_deleted_and_unresolved(make: Any, lineage: Lineage, record: Any) -> None:
    make("run-1", "trainer", {}, {"model": [record("Model", "/m1")]})
    make("run-2", "trainer", {}, {"model": [record("Model", "/m2")]})
    make("run-3", "resolver", {}, {"model": [record("Model", "/nothing", resolved=0)]})
    queries = lineage.queries()
    assert queries.artifact_by_uri("/nothing") is None
    newest = queries.latest_artifact("Model")
    assert newest is not None
    assert newest.uri == "/m2"
    lineage.mark_deleted([newest.id])
    left = queries.latest_artifact("Model")
    assert left is not None
    assert left.uri == "/m1"


def judge(make: Any, record: Any, number: int, blessed: int, infra: int | None = None, pipeline: str = "") -> None:
    model = record("Model", f"/m{number}", f"content {number}")
    make(f"run-{number}", "trainer", {}, {"model": [model]}, pipeline=pipeline)
    verdict = record("ModelBlessing", f"/b{number}", blessed=blessed)
    make(f"run-{number}", "evaluator", {"model": [model]}, {"blessing": [verdict]}, pipeline=pipeline)
    if infra is not None:
        verdict = record("InfraBlessing", f"/i{number}", blessed=infra)
        make(f"run-{number}", "infra_validator", {"model": [model]}, {"blessing": [verdict]}, pipeline=pipeline)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, "/m5"),
        ({"pipeline": "taxi"}, "/m2"),
        ({"pipeline": "taxi", "exclude_digest": "content 2"}, "/m1"),
        ({"pipeline": "penguins"}, None),
    ],
)
def test_latest_blessed_model(
    make: Any, lineage: Lineage, record: Any, choice: dict[str, str], expected: str | None
) -> None:
    judge(make, record, 1, blessed=1)
    judge(make, record, 2, blessed=1, infra=1)
    judge(make, record, 3, blessed=0, infra=1)
    judge(make, record, 4, blessed=1, infra=0)
    judge(make, record, 5, blessed=1, pipeline="flights")
    found = lineage.queries().latest_blessed_model(**choice)
    assert (found.uri if found else None) == expected


def test_a_baseline_is_not_blessed_by_its_challengers_blessing(make: Any, lineage: Lineage, record: Any) -> None:
    judge(make, record, 1, blessed=0)
    challenger = record("Model", "/m2")
    make("run-2", "trainer", {}, {"model": [challenger]})
    inputs = {"baseline_model": [record("Model", "/m1", "content 1")], "model": [challenger]}
    make("run-2", "evaluator", inputs, {"blessing": [record("ModelBlessing", "/b2", blessed=1)]})
    found = lineage.queries().latest_blessed_model()
    assert found is not None
    assert found.uri == "/m2"


def test_the_same_content_made_again_is_not_its_own_baseline(make: Any, lineage: Lineage, record: Any) -> None:
    judge(make, record, 1, blessed=1)
    make("run-2", "trainer", {}, {"model": [record("Model", "/m1-again", "content 1")]})
    assert lineage.queries().latest_blessed_model(exclude_digest="content 1") is None


def test_a_deleted_model_is_no_baseline(make: Any, lineage: Lineage, record: Any) -> None:
    judge(make, record, 1, blessed=1)
    judge(make, record, 2, blessed=1)
    queries = lineage.queries()
    lineage.mark_deleted([one.id for one in queries.artifacts("Model") if one.uri == "/m2"])
    found = queries.latest_blessed_model()
    assert found is not None
    assert found.uri == "/m1"


def test_spans_come_once_each_at_their_highest_version(make: Any, lineage: Lineage, record: Any) -> None:
    for span, version in ((1, 0), (2, 1), (2, 0), (3, 0), (5, 0)):
        artifact = record("Examples", f"/e{span}.{version}", span=span, version=version)
        make(f"run-{span}-{version}", "example_gen", {}, {"examples": [artifact]})
    make("run-9", "example_gen", {}, {"examples": [record("Examples", "/e3.0-anew", span=3, version=0)]})
    make("run-9", "transform", {}, {"transformed_examples": [record("Examples", "/t3", span=3, version=9)]})
    make("run-9", "other", {}, {"examples": [record("Examples", "/without")]})
    queries = lineage.queries()
    found = queries.artifacts_in_span_range("Examples", 2, 4, pipeline="taxi", output_key="examples")
    assert [one.uri for one in found] == ["/e2.1", "/e3.0-anew"]
    assert [one.uri for one in queries.artifacts_in_span_range("Examples", 0, 1)] == ["/e1.0"]


def test_reading_wants_a_store(tmp_path: Path) -> None:
    with pytest.raises(MissingStore, match=r"no metadata store at '.*metadata\.db': run a pipeline first"):
        LineageQueries.open(tmp_path / "metadata.db")


def test_readers_see_what_a_writer_wrote_meanwhile(make: Any, store: Path) -> None:
    make("run-1", "example_gen")
    reader = LineageQueries.open(store)
    make("run-2", "example_gen")
    assert len(reader.runs()) == 2
    reader.close()
