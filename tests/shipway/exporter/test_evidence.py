"""What failed steps left: findings count as findings, and nothing counts as made."""

import json

import pytest
from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies, DriftSkewInfo


@pytest.fixture
def validation(tmp_path, record):
    """An ExampleAnomalies with findings about features, and the drift of one of them, of which 0.01 is allowed."""

    def make(name, *features, drift):
        found = Anomalies()
        for feature in features:
            found.anomaly_info[feature].path.step.append(feature)
            found.anomaly_info[feature].reason.add(description="odd")
        moved = found.drift_skew_info.add()
        moved.path.step.append("fare")
        moved.drift_measurements.add(type=DriftSkewInfo.Measurement.L_INFTY, value=drift, threshold=0.01)
        (tmp_path / name / "Split-train").mkdir(parents=True)
        (tmp_path / name / "Split-train" / "SchemaDiff.pb").write_bytes(found.SerializeToString())
        return {"anomalies": [record("ExampleAnomalies", str(tmp_path / name), size_bytes=10)]}

    return make


def test_a_validation_that_stops_its_run_is_the_newest_until_there_is_another(records, look, validation):
    records.step("example-validator", validation("good", drift=0.002), run="run-1")
    page = look()
    assert page["shipway_anomalies", "taxi"] == 0
    records.step("example-validator", validation("bad", "fare", "tips", drift=0.02), run="run-2", failed=True)
    page = look()
    assert page["shipway_anomalies", "taxi"] == 2
    assert page["shipway_drift_distance", "taxi", "fare", "drift"] == 0.02
    assert page["shipway_drift_threshold", "taxi", "fare", "drift"] == 0.01
    assert page["shipway_step_executions_total", "taxi", "example_validator", "FAILED"] == 1
    records.step("example-validator", validation("mended", "tips", drift=0.003), run="run-2")
    page = look()
    assert page["shipway_anomalies", "taxi"] == 1
    assert page["shipway_drift_distance", "taxi", "fare", "drift"] == 0.003
    assert page["shipway_artifact_bytes", "taxi", "ExampleAnomalies"] == 30
    assert page["shipway_exporter_errors_total",] == 0


def test_a_store_that_is_read_anew_tells_the_same(records, look, validation, exporter_of, read_page):
    records.step("example-validator", validation("bad", "fare", drift=0.02), failed=True)
    seen = look()
    anew = exporter_of(records.path, quiet_seconds=60)
    anew.refresh()
    telling = [key for key in seen if key[0] in ("shipway_anomalies", "shipway_drift_distance")]
    assert len(telling) == 2
    assert {key: read_page(anew.page)[key] for key in telling} == {key: seen[key] for key in telling}


def test_evidence_that_was_deleted_is_no_error_and_takes_no_room(records, look, record):
    made = record("ExampleAnomalies", "/gone", anomalies=2, size_bytes=10)
    records.step("example-validator", {"anomalies": [made]}, failed=True)
    records.lineage.mark_deleted([1])
    page = look()
    assert page["shipway_anomalies", "taxi"] == 2
    assert page["shipway_exporter_errors_total",] == 0
    assert page.get(("shipway_artifact_bytes", "taxi", "ExampleAnomalies"), 0) == 0


def test_an_evaluation_that_failed_tells_its_metrics(records, look, record):
    summary = json.dumps({"metrics": {"auc": 0.4}, "worst_slices": {}})
    records.step("evaluator", {"evaluation": [record("ModelEvaluation", "/e", summary=summary)]}, failed=True)
    assert look()["shipway_model_metric", "taxi", "auc", "overall"] == 0.4


def test_it_is_no_data_no_verdict_and_no_push(records, look, record):
    model = {"model": [record("Model", "/m")]}
    records.step("trainer", model)
    rows = record("Examples", "/e", span=4, split_rows='{"train": 20}')
    records.step("example-gen", {"examples": [rows]}, failed=True)
    records.step("evaluator", {"blessing": [record("ModelBlessing", "/b", blessed=1)]}, model, failed=True)
    pushed = record("PushedModel", "/p", pushed=1, pushed_version="7")
    records.step("pusher", {"pushed_model": [pushed]}, model, failed=True)
    names = {key[0] for key in look()}
    assert not names & {
        "shipway_span_latest",
        "shipway_model_blessed",
        "shipway_model_blessings_total",
        "shipway_model_last_push_timestamp_seconds",
    }
