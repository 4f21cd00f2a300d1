"""Every metric, its value worked out by hand."""

import json

import pytest

from shipway.exporter.catalogue import METRICS


def test_runs(records, look, noon):
    records.step("example-gen", run="run-1", at=0, seconds=2)
    records.step("trainer", run="run-1", at=3, seconds=4)
    records.step("example-gen", run="run-2", at=1000, seconds=2, failed=True)
    records.begin("trainer", run="run-3", at=2000)
    page = look()
    assert page["shipway_runs_total", "taxi", "SUCCEEDED"] == 1
    assert page["shipway_runs_total", "taxi", "FAILED"] == 1
    assert page["shipway_runs_total", "taxi", "CANCELED"] == 0
    assert page["shipway_runs_active", "taxi"] == 1
    assert page["shipway_run_last_success_timestamp_seconds", "taxi"] == noon + 7
    assert page["shipway_run_last_failure_timestamp_seconds", "taxi"] == noon + 1002
    assert page["shipway_run_duration_seconds_count", "taxi"] == 2
    assert page["shipway_run_duration_seconds_sum", "taxi"] == 9
    assert page["shipway_run_duration_seconds_bucket", "taxi", "5.0"] == 1
    assert page["shipway_run_duration_seconds_bucket", "taxi", "10.0"] == 2


def test_steps_count_every_attempt_and_time_those_that_ran(records, look, record):
    model = {"model": [record("Model", "/m")]}
    records.step("trainer", at=0, seconds=20, failed=True)
    records.step("trainer", model, at=30, seconds=4)
    records.cached("trainer", model, run="run-2", at=500)
    page = look()
    states = {
        state: page["shipway_step_executions_total", "taxi", "trainer", state]
        for state in ("COMPLETE", "CACHED", "FAILED", "CANCELED")
    }
    assert states == {"COMPLETE": 1, "CACHED": 1, "FAILED": 1, "CANCELED": 0}
    assert page["shipway_step_duration_seconds_sum", "taxi", "trainer"] == 4
    assert page["shipway_step_duration_seconds_bucket", "taxi", "trainer", "2.5"] == 0
    assert page["shipway_step_duration_seconds_bucket", "taxi", "trainer", "5.0"] == 1


def test_a_cancelled_run(records, look):
    records.begin("trainer", at=0)
    records.lineage.cancel_run("run-1")
    page = look()
    assert page["shipway_step_executions_total", "taxi", "trainer", "CANCELED"] == 1
    assert page["shipway_runs_active", "taxi"] == 0


def spanned(record, span, rows, version=0):
    return record("Examples", f"/e/{span}/{version}", span=span, version=version, split_rows=json.dumps(rows))


def test_the_highest_span_counts_whenever_it_was_ingested(records, look, record):
    records.step("example-gen", {"examples": [spanned(record, 4, {"train": 20, "eval": 10})]}, run="run-1")
    records.step("example-gen", {"examples": [spanned(record, 3, {"train": 5, "eval": 1})]}, run="run-2")
    transformed = record("Examples", "/t", span=9)
    records.step("transform", {"transformed_examples": [transformed]}, run="run-2")
    page = look()
    assert page["shipway_span_latest", "taxi"] == 4
    assert page["shipway_span_rows", "taxi", "train"] == 20
    assert page["shipway_span_rows", "taxi", "eval"] == 10


@pytest.mark.parametrize("rows", ["", "[]", "{", '{"train": "many"}', "null"])
def test_rows_that_are_none_are_left_out(records, look, record, rows):
    records.step("example-gen", {"examples": [record("Examples", "/e", span=4, split_rows=rows)]})
    page = look()
    assert page["shipway_span_latest", "taxi"] == 4
    assert not [key for key in page if key[0] == "shipway_span_rows"]


def test_blessings_are_counted_once_and_the_newest_shown(records, look, record):
    no, yes = record("ModelBlessing", "/b/1", blessed=0), record("ModelBlessing", "/b/2", blessed=1)
    records.step("evaluator", {"blessing": [no]}, run="run-1")
    records.step("evaluator", {"blessing": [yes]}, run="run-2")
    page = look()
    assert page["shipway_model_blessings_total", "taxi", "true"] == 1
    assert page["shipway_model_blessings_total", "taxi", "false"] == 1
    assert page["shipway_model_blessed", "taxi"] == 1
    records.cached("evaluator", {"blessing": [no]}, run="run-3")
    page = look()
    assert page["shipway_model_blessings_total", "taxi", "false"] == 1
    assert page["shipway_model_blessed", "taxi"] == 0


def test_pushes(records, look, record):
    first, second = record("Model", "/m/1"), record("Model", "/m/2")
    pushed = record("PushedModel", "/p/1", pushed=1, pushed_version="7")
    refused = record("PushedModel", "/p/2", pushed=0, reason="the model is not blessed")
    records.step("trainer", {"model": [first]}, run="run-1")
    records.step("pusher", {"pushed_model": [pushed]}, {"model": [first]}, run="run-1")
    records.step("trainer", {"model": [second]}, run="run-2")
    records.step("pusher", {"pushed_model": [refused]}, {"model": [second]}, run="run-2")
    page = look()
    queries = records.lineage.queries()
    times = [queries.artifact_by_uri(uri).created_ms / 1000 for uri in ("/p/1", "/m/1")]
    assert page["shipway_model_last_push_timestamp_seconds", "taxi"] == times[0]
    assert page["shipway_served_model_created_timestamp_seconds", "taxi"] == times[1]


def test_bytes_go_with_their_artifacts(records, look, record):
    models = [record("Model", f"/m/{n}", size_bytes=100 * n) for n in (1, 2)]
    records.step("trainer", {"model": models})
    records.step("resolver", {"model": [models[0]]}, run="run-2")
    assert look()["shipway_artifact_bytes", "taxi", "Model"] == 300
    gone = records.lineage.queries().artifact_by_uri("/m/2")
    records.lineage.mark_deleted([gone.id])
    assert look()["shipway_artifact_bytes", "taxi", "Model"] == 100


def test_pipelines_are_kept_apart(records, look):
    records.step("trainer", run="run-1")
    records.step("trainer", run="run-2", pipeline="flights")
    page = look()
    assert page["shipway_runs_total", "taxi", "SUCCEEDED"] == 1
    assert page["shipway_runs_total", "flights", "SUCCEEDED"] == 1


def test_every_metric_of_the_catalogue_is_named_as_prometheus_wants(records, exporter, look, record):
    for one in METRICS:
        assert one.name.endswith("_total") == (one.kind == "counter")
        assert one.says.endswith(".")
