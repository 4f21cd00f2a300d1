"""What is recorded, as the plain ML Metadata client reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd

from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity

TRAINER = TaskIdentity("taxi", "run-1", "trainer", "shipway_components.trainer")
EXAMPLES = ArtifactRecord(
    "Examples",
    "/data/artifacts/examples",
    {"span": 3, "version": 1, "split_names": '["train", "eval"]', "payload_format": "FORMAT_PARQUET", "rows": 15002},
    digest="e1",
    name="examples",
)
MODEL = ArtifactRecord("Model", "/data/artifacts/model", {}, digest="m1")


def plain_client(store: Path) -> MetadataStore:
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(store)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READONLY
    return MetadataStore(config)


def path_of(event: mlmd.Event) -> list[str | int]:
    return [step.key if step.HasField("key") else step.index for step in event.path.steps]


@pytest.fixture
def trained(lineage: Lineage, store: Path) -> tuple[int, MetadataStore]:
    execution = lineage.begin(TRAINER, {"examples": [EXAMPLES]}, {"num_steps": 1000}, "key")
    lineage.complete(execution, {"model": [MODEL]}, {"loss": 0.5})
    return execution, plain_client(store)


def test_contexts_are_those_of_tfx(trained: tuple[int, MetadataStore]) -> None:
    execution, client = trained
    contexts = {context.type: context.name for context in client.get_contexts_by_execution(execution)}
    assert contexts == {"pipeline": "taxi", "pipeline_run": "run-1", "node": "taxi.trainer"}
    (model,) = client.get_artifacts_by_type("Model")
    assert {c.type for c in client.get_contexts_by_artifact(model.id)} == {"pipeline", "pipeline_run", "node"}


def test_execution_has_state_parameters_and_what_it_returned(trained: tuple[int, MetadataStore]) -> None:
    execution, client = trained
    (found,) = client.get_executions_by_id([execution])
    assert found.type == "shipway_components.trainer"
    assert found.last_known_state == mlmd.Execution.COMPLETE
    assert found.custom_properties["num_steps"].int_value == 1000
    assert found.custom_properties["output:loss"].double_value == 0.5
    own = {name: value.string_value for name, value in found.properties.items()}
    assert own == {"pipeline_name": "taxi", "run_id": "run-1", "component_id": "trainer", "cache_key": "key"}


def test_a_password_among_the_parameters_is_not_recorded(lineage: Lineage, store: Path) -> None:
    urls = {"url": "postgresql://ann:geheim@host/db", "more": {"url": "mysql://bob:geheim@host/db", "n": 1}}
    (found,) = plain_client(store).get_executions_by_id([lineage.begin(TRAINER, {}, urls, "key")])
    assert found.custom_properties["url"].string_value == "postgresql://ann:***@host/db"
    assert json.loads(found.custom_properties["more"].string_value) == {"n": 1, "url": "mysql://bob:***@host/db"}


def test_artifacts_have_the_types_and_properties_of_tfx(trained: tuple[int, MetadataStore]) -> None:
    _, client = trained
    declared = client.get_artifact_type("Examples")
    assert dict(declared.properties) == {"span": mlmd.INT, "version": mlmd.INT, "split_names": mlmd.STRING}
    assert declared.base_type == mlmd.ArtifactType.DATASET
    (examples,) = client.get_artifacts_by_type("Examples")
    assert examples.state == mlmd.Artifact.LIVE
    assert examples.properties["span"].int_value == 3
    assert json.loads(examples.properties["split_names"].string_value) == ["train", "eval"]
    assert examples.custom_properties["rows"].int_value == 15002
    assert examples.custom_properties["payload_format"].string_value == "FORMAT_PARQUET"
    assert examples.custom_properties["digest"].string_value == "e1"
    (model,) = client.get_artifacts_by_type("Model")
    assert model.name == "taxi:run-1:trainer:model:0"


def test_events_link_inputs_and_outputs_with_their_keys(trained: tuple[int, MetadataStore]) -> None:
    execution, client = trained
    events = {path_of(event)[0]: event for event in client.get_events_by_execution_ids([execution])}
    assert events["examples"].type == mlmd.Event.INPUT
    assert events["model"].type == mlmd.Event.OUTPUT
    assert path_of(events["model"]) == ["model", 0]


def test_a_running_execution_is_seen_as_running(lineage: Lineage, store: Path) -> None:
    execution = lineage.begin(TRAINER, {}, {}, "key")
    (found,) = plain_client(store).get_executions_by_id([execution])
    assert found.last_known_state == mlmd.Execution.RUNNING


def test_an_input_is_found_by_its_uri(make: Any, lineage: Lineage, store: Path) -> None:
    make("run-1", "example_gen", outputs={"examples": [EXAMPLES]})
    make("run-1", "trainer", {"examples": [ArtifactRecord("Examples", EXAMPLES.uri)]})
    assert len(plain_client(store).get_artifacts_by_type("Examples")) == 1


def test_a_folder_with_new_content_is_another_artifact(make: Any, store: Path, record: Any) -> None:
    make("run-1", "trainer", {"files": [record("Files", "/data", digest="monday")]})
    make("run-2", "trainer", {"files": [record("Files", "/data", digest="tuesday")]})
    make("run-3", "trainer", {"files": [record("Files", "/data", digest="monday")]})
    found = plain_client(store).get_artifacts_by_uri("/data")
    assert sorted(a.custom_properties["digest"].string_value for a in found) == ["monday", "tuesday"]


def test_one_artifact_under_two_keys_is_one_event_with_both(make: Any, store: Path, record: Any) -> None:
    shared = record("Examples", "/e")
    execution = make("run-1", "evaluator", {"examples": [shared], "baseline_examples": [shared]})
    (event,) = plain_client(store).get_events_by_execution_ids([execution])
    assert path_of(event) == ["examples", 0, "baseline_examples", 0]


def test_several_artifacts_under_one_key_keep_their_order(make: Any, lineage: Lineage, record: Any) -> None:
    make("run-1", "trainer", {"examples": [record("Examples", f"/e{i}") for i in range(12)]})
    (execution,) = lineage.queries().run("run-1")
    assert [one.uri for one in execution.inputs["examples"]] == [f"/e{i}" for i in range(12)]


def test_cached_is_linked_to_the_artifacts_of_then(make: Any, lineage: Lineage, store: Path, record: Any) -> None:
    examples, model = record("Examples", "/e"), record("Model", "/m")
    make("run-1", "trainer", {"examples": [examples]}, {"model": [model]})
    execution = make.cached("run-2", "trainer", {"examples": [examples]}, {"model": [model]})
    client = plain_client(store)
    (found,) = client.get_executions_by_id([execution])
    assert found.last_known_state == mlmd.Execution.CACHED
    assert len(client.get_artifacts()) == 2
    assert {e.type for e in client.get_events_by_execution_ids([execution])} == {mlmd.Event.INPUT, mlmd.Event.OUTPUT}
    assert make.cached("run-2", "trainer", {"examples": [examples]}, {"model": [model]}) == execution


def test_failure_keeps_its_sentence(lineage: Lineage, store: Path) -> None:
    execution = lineage.begin(TRAINER, {}, {}, "key")
    lineage.fail(execution, "The loss became NaN at step 12.")
    (found,) = plain_client(store).get_executions_by_id([execution])
    assert found.last_known_state == mlmd.Execution.FAILED
    assert found.properties["error"].string_value == "The loss became NaN at step 12."


def test_what_has_ended_cannot_fail_or_be_cancelled(lineage: Lineage) -> None:
    execution = lineage.begin(TRAINER, {}, {}, "key")
    lineage.complete(execution, {"model": [MODEL]}, {})
    lineage.fail(execution, "too late")
    lineage.cancel(execution)
    lineage.complete(execution, {"model": [MODEL]}, {})
    (found,) = lineage.queries().run("run-1")
    assert (found.state, found.error) == ("COMPLETE", "")


def test_iterations_in_pods_run_side_by_side(lineage: Lineage) -> None:
    first = lineage.begin(replace(TRAINER, pod="kubeflow/a"), {}, {}, "key")
    second = lineage.begin(replace(TRAINER, pod="kubeflow/b"), {}, {}, "key")
    found = lineage.queries().run(TRAINER.run_id)
    assert {(one.id, one.state) for one in found} == {(first, "RUNNING"), (second, "RUNNING")}


def test_a_lost_attempt_is_failed_when_the_task_begins_again(lineage: Lineage) -> None:
    lost = lineage.begin(TRAINER, {}, {}, "key")
    again = lineage.begin(TRAINER, {}, {}, "key")
    lineage.complete(again, {"model": [MODEL]}, {})
    first, second = lineage.queries().run("run-1")
    assert (first.id, first.state) == (lost, "FAILED")
    assert "ended without a word" in first.error
    assert (second.id, second.state) == (again, "COMPLETE")
    assert second.outputs["model"][0].name == "taxi:run-1:trainer:model:0#2"


def test_many_attempts_each_get_their_number(lineage: Lineage) -> None:
    for attempt in range(11):
        lineage.fail(lineage.begin(TRAINER, {}, {}, "key"), f"attempt {attempt}")
    assert [one.error for one in lineage.queries().run("run-1")] == [f"attempt {n}" for n in range(11)]


def test_cancelling_a_run_ends_what_runs_and_nothing_else(make: Any, lineage: Lineage) -> None:
    make("run-1", "example_gen")
    lineage.begin(TRAINER, {}, {}, "key")
    lineage.begin(make.identity("run-2", "trainer"), {}, {}, "key")
    assert lineage.cancel_run("run-1", "Stopped by Ctrl-C.") == 1
    assert [one.state for one in lineage.queries().run("run-1")] == ["COMPLETE", "CANCELED"]
    assert [one.state for one in lineage.queries().run("run-2")] == ["RUNNING"]
    assert lineage.cancel_run("no such run") == 0


def test_an_import_is_reused_unless_asked_for_anew(lineage: Lineage, make: Any, record: Any) -> None:
    schema = record("Schema", "/curated")
    first = lineage.record_import(make.identity("run-1", "importer"), schema)
    assert lineage.record_import(make.identity("run-1", "importer"), schema) == first
    lineage.record_import(make.identity("run-2", "importer"), schema)
    lineage.record_import(make.identity("run-3", "importer"), schema, reimport=True)
    outputs = [lineage.queries().run(run)[0].outputs["artifact"][0].id for run in ("run-1", "run-2", "run-3")]
    assert outputs[0] == outputs[1] != outputs[2]


def test_a_deleted_artifact_keeps_its_lineage_and_is_not_found_again(make: Any, lineage: Lineage, record: Any) -> None:
    make("run-1", "trainer", {}, {"model": [record("Model", "/m")]})
    (old,) = lineage.queries().artifacts("Model")
    lineage.mark_deleted([old.id])
    make("run-2", "trainer", {}, {"model": [record("Model", "/m")]})
    new, deleted = lineage.queries().artifacts("Model")
    assert (deleted.id, deleted.state, deleted.uri, deleted.digest) == (old.id, "DELETED", "/m", "digest of /m")
    assert (new.state, new.uri) == ("LIVE", "/m")


def test_an_unknown_execution_is_a_defect_of_the_caller(lineage: Lineage) -> None:
    with pytest.raises(KeyError, match="execution 77"):
        lineage.complete(77, {}, {})


def test_awkward_values_survive(lineage: Lineage) -> None:
    parameters = {
        "flag": True,
        "config": {"b": [1, 2], "a": None},
        "big": 2**70,
        "nan": float("nan"),
        "text": "it's a \0 'quote' -- ; DROP TABLE Execution; é 漢",
        "none": None,
        "long": "x" * 1_000_000,
    }
    lineage.begin(TRAINER, {"e": [ArtifactRecord("Examples", "/it's\udcff here")]}, parameters, "key")
    (found,) = lineage.queries().run("run-1")
    assert found.parameters["flag"] == 1
    assert found.parameters["config"] == '{"a": null, "b": [1, 2]}'
    assert found.parameters["big"] == str(2**70)
    assert found.parameters["nan"] == "NaN"
    assert found.parameters["text"] == "it's a \ufffd 'quote' -- ; DROP TABLE Execution; é 漢"
    assert found.parameters["none"] == "null"
    assert len(str(found.parameters["long"])) == 1_000_000
    assert found.inputs["e"][0].uri == "/it's\\udcff here"
