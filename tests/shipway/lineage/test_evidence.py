"""What a failed execution leaves: it is on record for whoever looks, and nobody is given it to work with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd

from shipway.lineage import Lineage

SENTENCE = "The data has anomalies: correct it."


@pytest.fixture
def refuse(lineage: Lineage, make: Any) -> Any:
    """Fails a task with evidence: `refuse("run-1", "validator", inputs, evidence)`; the execution's id."""

    def run(name: str, task: str, inputs: Any, evidence: Any) -> int:
        execution = lineage.begin(make.identity(name, task), inputs, {}, "key")
        lineage.fail(execution, SENTENCE, evidence)
        return execution

    return run


def test_evidence_is_an_output_of_the_failed_execution(lineage: Lineage, refuse: Any, record: Any, store: Path) -> None:
    statistics, found = record("ExampleStatistics", "/s"), record("ExampleAnomalies", "/a", span=3, anomalies=2)
    refuse("run-1", "validator", {"statistics": [statistics]}, {"anomalies": [found]})
    (execution,) = lineage.queries().run("run-1")
    assert (execution.state, execution.error) == ("FAILED", SENTENCE)
    (evidence,) = execution.outputs["anomalies"]
    assert (evidence.uri, evidence.state, evidence.digest) == ("/a", "ABANDONED", "digest of /a")
    assert evidence.metadata == {"span": 3, "anomalies": 2}
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(store)
    client = MetadataStore(config)
    (stored,) = client.get_artifacts_by_type("ExampleAnomalies")
    assert (stored.name, stored.state) == ("taxi:run-1:validator:anomalies:0", mlmd.Artifact.ABANDONED)
    assert {one.type for one in client.get_contexts_by_artifact(stored.id)} == {"pipeline", "pipeline_run", "node"}
    (event,) = client.get_events_by_artifact_ids([stored.id])
    assert (event.type, event.execution_id) == (mlmd.Event.OUTPUT, execution.id)


def test_it_is_found_up_and_down(lineage: Lineage, refuse: Any, record: Any) -> None:
    statistics = record("ExampleStatistics", "/s")
    execution = refuse("run-1", "validator", {"statistics": [statistics]}, {"anomalies": [record("Files", "/a")]})
    queries = lineage.queries()
    found = {one.uri: one.id for one in queries.artifacts()}
    assert [one.id for one in queries.upstream(found["/a"]).producers_of(found["/a"])] == [execution]
    assert [one.uri for one in queries.downstream(found["/s"]).outputs_of(execution)] == ["/a"]
    assert queries.usage([found["/a"]])[found["/a"]].run_ids == {"run-1"}


def test_an_execution_that_has_ended_gets_no_evidence(lineage: Lineage, make: Any, record: Any) -> None:
    evidence = {"anomalies": [record("ExampleAnomalies", "/a")]}
    done, stopped = make("run-1", "validator"), lineage.begin(make.identity("run-1", "stopped"), {}, {}, "key")
    lineage.cancel(stopped)
    for execution in (done, stopped):
        lineage.fail(execution, SENTENCE, evidence)
    assert [one.state for one in lineage.queries().run("run-1")] == ["COMPLETE", "CANCELED"]
    assert lineage.queries().artifacts() == []


def test_it_is_recorded_once(lineage: Lineage, refuse: Any, record: Any) -> None:
    evidence = {"anomalies": [record("ExampleAnomalies", "/a")]}
    lineage.fail(refuse("run-1", "validator", {}, evidence), "Another sentence.", evidence)
    assert [one.error for one in lineage.queries().run("run-1")] == [SENTENCE]
    assert len(lineage.queries().artifacts()) == 1


def test_the_next_attempt_has_outputs_of_its_own_even_at_the_same_place(
    lineage: Lineage, refuse: Any, make: Any, record: Any
) -> None:
    found = {"anomalies": [record("ExampleAnomalies", "/a", "same")]}
    refuse("run-1", "validator", {}, found)
    make("run-1", "validator", {}, found)
    new, old = lineage.queries().artifacts()
    assert [(one.uri, one.state, one.name.rpartition(":")[2]) for one in (old, new)] == [
        ("/a", "ABANDONED", "0"), ("/a", "LIVE", "0#2"),
    ]  # fmt: skip


def test_a_step_that_takes_the_files_by_hand_takes_another_artifact(
    lineage: Lineage, refuse: Any, make: Any, record: Any
) -> None:
    found = {"anomalies": [record("ExampleAnomalies", "/a")]}
    refuse("run-1", "validator", {}, found)
    make("run-2", "reader", found)
    assert [one.state for one in lineage.queries().artifacts()] == ["LIVE", "ABANDONED"]


def test_no_resolver_is_given_it(lineage: Lineage, refuse: Any, make: Any, record: Any) -> None:
    older = {"examples": [record("Examples", "/old", span=4)]}
    make("run-1", "example_gen", {}, older)
    left = [record("Examples", "/new", span=5), record("Examples", "/again", span=4, version=2)]
    refuse("run-2", "example_gen", {}, {"examples": left})
    queries = lineage.queries()
    for pipeline in (None, "taxi"):
        latest = queries.latest_artifact("Examples", pipeline, output_key="examples")
        assert latest is not None
        assert latest.uri == "/old"
        assert [one.uri for one in queries.artifacts_in_span_range("Examples", 0, 9, pipeline)] == ["/old"]


def test_it_blesses_no_model(lineage: Lineage, refuse: Any, make: Any, record: Any) -> None:
    model = {"model": [record("Model", "/m")]}
    make("run-1", "trainer", {}, model)
    refuse("run-1", "evaluator", model, {"blessing": [record("ModelBlessing", "/b", blessed=1)]})
    assert lineage.queries().latest_blessed_model() is None
    make("run-1", "evaluator", model, {"blessing": [record("ModelBlessing", "/b2", blessed=1)]})
    blessed = lineage.queries().latest_blessed_model()
    assert blessed is not None
    refuse("run-1", "infra_validator", model, {"blessing": [record("InfraBlessing", "/i", blessed=1)]})
    assert lineage.queries().latest_blessed_model() is None


def test_a_push_that_failed_protects_nothing(lineage: Lineage, refuse: Any, make: Any, record: Any) -> None:
    model = {"model": [record("Model", "/m")]}
    make("run-1", "trainer", {}, model)
    refuse("run-1", "pusher", model, {"pushed_model": [record("PushedModel", "/p")]})
    assert lineage.queries().artifacts_protected_by_pushed_models() == set()


def test_statistics_are_refused_by_their_newest_validation(
    lineage: Lineage, refuse: Any, make: Any, record: Any
) -> None:
    judged = {"statistics": [record("ExampleStatistics", "/s")]}
    make("run-1", "statistics_gen", {}, judged)
    statistics = lineage.queries().artifacts("ExampleStatistics")[0].id
    seen = [lineage.queries().was_refused(statistics)]
    make("run-1", "schema_gen", judged, {"schema": [record("Schema", "/schema")]})
    refuse("run-1", "validator", judged, {"anomalies": [record("ExampleAnomalies", "/a")]})
    seen.append(lineage.queries().was_refused(statistics))
    refuse("run-1", "validator", judged, {})
    refuse("run-2", "validator", {"previous_statistics": judged["statistics"]}, {"anomalies": [record("Files", "/f")]})
    lineage.mark_deleted([one.id for one in lineage.queries().artifacts("ExampleAnomalies")])
    seen.append(lineage.queries().was_refused(statistics))
    make("run-1", "validator", judged, {"anomalies": [record("ExampleAnomalies", "/b")]})
    seen.append(lineage.queries().was_refused(statistics))
    assert seen == [False, True, True, False]
