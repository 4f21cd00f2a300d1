"""The small files of artifacts: what is read from them, and what becomes of those that cannot be."""

import json
import logging

import pytest
from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies, DriftSkewInfo


def anomalies_of(*features, drift=(), skew=(), whole=False):
    """Anomalies with reasons for features, and distances as (feature, value, threshold)."""
    made = Anomalies()
    for feature in features:
        made.anomaly_info[feature].path.step.append(feature)
        made.anomaly_info[feature].reason.add(description="odd")
    for kind, measured in (("drift_measurements", drift), ("skew_measurements", skew)):
        for feature, value, threshold in measured:
            info = made.drift_skew_info.add()
            info.path.step.append(feature)
            getattr(info, kind).add(type=DriftSkewInfo.Measurement.L_INFTY, value=value, threshold=threshold)
    if whole:
        made.dataset_anomaly_info.reason.add(description="too few rows")
    return made


def write(folder, **splits):
    for split, anomalies in splits.items():
        (folder / f"Split-{split}").mkdir(parents=True)
        (folder / f"Split-{split}" / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())


def test_the_newest_validation(records, look, record, tmp_path):
    write(tmp_path / "a", train=anomalies_of("fare"))
    write(
        tmp_path / "b",
        train=anomalies_of("fare", "tips", drift=[("fare", 0.02, 0.01), ("miles", 0.001, 0.01)]),
        eval=anomalies_of("fare", drift=[("fare", 0.015, 0.01)], skew=[("fare", 0.3, 0.5)], whole=True),
    )
    records.step("example-validator", {"anomalies": [record("ExampleAnomalies", str(tmp_path / "a"))]}, run="run-1")
    records.step("example-validator", {"anomalies": [record("ExampleAnomalies", str(tmp_path / "b"))]}, run="run-2")
    page = look()
    assert page["shipway_anomalies", "taxi"] == 3
    assert page["shipway_drift_distance", "taxi", "fare", "drift"] == 0.02
    assert page["shipway_drift_threshold", "taxi", "fare", "drift"] == 0.01
    assert page["shipway_drift_distance", "taxi", "miles", "drift"] == 0.001
    assert page["shipway_drift_distance", "taxi", "fare", "skew"] == 0.3


def evaluation_at(folder, metrics, baseline=False):
    from shipway.data.evaluation.eval_result import EvalRun, write_eval_result
    from shipway.data.evaluation.protos import config_pb2, validation_result_pb2

    config = config_pb2.EvalConfig()
    config.model_specs.add(name="candidate" if baseline else "")
    if baseline:
        config.model_specs.add(name="baseline", is_baseline=True)
    folder.mkdir()
    write_eval_result(folder, EvalRun(config, "", "", {}), metrics, validation_result_pb2.ValidationResult())
    return folder


def metric(name, model="", **fields):
    from shipway.data.evaluation.metric_keys import MetricKey

    return MetricKey(name, model, **fields)


def test_the_newest_evaluation_by_slice(records, look, record, tmp_path):
    auc, count = metric("auc"), metric("example_count")
    folder = evaluation_at(
        tmp_path / "e",
        {
            (): {auc: 0.75, count: 100.0},
            (("carrier", "AA"),): {auc: 0.5, count: 60.0},
            (("carrier", "AA"), ("hour", 6)): {auc: float("nan"), count: 2.0},
        },
    )
    records.step("evaluator", {"evaluation": [record("ModelEvaluation", str(folder))]})
    page = look()
    assert page["shipway_model_metric", "taxi", "auc", "overall"] == 0.75
    assert page["shipway_model_metric", "taxi", "auc", "carrier:AA"] == 0.5
    assert page["shipway_model_metric", "taxi", "example_count", "carrier:AA,hour:6"] == 2
    assert ("shipway_model_metric", "taxi", "auc", "carrier:AA,hour:6") not in page


def test_the_baseline_and_its_differences_are_no_metrics_of_the_model(records, look, record, tmp_path):
    own, other = metric("auc", "candidate"), metric("auc", "baseline")
    metrics = {(): {own: 0.75, other: 0.7, metric("auc", "candidate", is_diff=True): 0.05}}
    folder = evaluation_at(tmp_path / "e", metrics, baseline=True)
    records.step("evaluator", {"evaluation": [record("ModelEvaluation", str(folder))]})
    found = {key: value for key, value in look().items() if key[0] == "shipway_model_metric"}
    assert found == {("shipway_model_metric", "taxi", "auc", "overall"): 0.75}


def test_many_slices_and_metrics_are_bounded(records, look, record, tmp_path):
    names = [metric(f"m{number:02}") for number in range(25)]
    count = metric("example_count")
    slices = {(("user", number),): {**dict.fromkeys(names, 0.5), count: float(number)} for number in range(30)}
    folder = evaluation_at(tmp_path / "e", {(): {**dict.fromkeys(names, 0.5), count: 900.0}, **slices})
    records.step("evaluator", {"evaluation": [record("ModelEvaluation", str(folder))]})
    page = look()
    shown = [key for key in page if key[0] == "shipway_model_metric"]
    assert len(shown) == 20 * 20
    assert {key[3] for key in shown} == {"overall", *(f"user:{number}" for number in range(11, 30))}
    assert page["shipway_exporter_series_left_out",] == 31 * 26 - 400


SUMMARY = {"metrics": {"auc": 0.8, "loss": None}, "worst_slices": {"auc": [{"slice": "carrier=AA", "value": 0.6}]}}


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "no config"])
def test_an_evaluation_that_cannot_be_read_falls_back_on_its_summary(records, look, record, tmp_path, caplog, damage):
    folder = evaluation_at(tmp_path / "e", {(): {metric("auc"): 0.8}})
    if damage == "garbage":
        (folder / "metrics-00000-of-00001.tfrecord").write_bytes(b"\x00\xffnothing of the kind")
    elif damage == "no config":
        (folder / "eval_config.json").unlink()
    elif damage == "empty":
        (folder / "eval_config.json").write_text("")
    else:
        folder = tmp_path / "nowhere"
    made = record("ModelEvaluation", str(folder), summary=json.dumps(SUMMARY))
    records.step("evaluator", {"evaluation": [made]})
    with caplog.at_level(logging.WARNING):
        page = look()
        again = look()
    assert page["shipway_model_metric", "taxi", "auc", "overall"] == 0.8
    assert page["shipway_model_metric", "taxi", "auc", "carrier:AA"] == 0.6
    assert page["shipway_exporter_errors_total",] == again["shipway_exporter_errors_total",] == 1
    assert [one.getMessage() for one in caplog.records if str(folder) in one.getMessage()].__len__() == 1


@pytest.mark.parametrize("summary", ["", "[]", "{", "null", '{"metrics": []}', '{"metrics": {}, "worst_slices": 3}'])
def test_a_summary_that_is_none_gives_no_metrics(records, look, record, tmp_path, summary):
    records.step("evaluator", {"evaluation": [record("ModelEvaluation", str(tmp_path / "no"), summary=summary)]})
    assert not [key for key in look() if key[0] == "shipway_model_metric"]


@pytest.mark.parametrize("content", [None, b"\xff\xff\xff no proto"])
def test_anomalies_that_cannot_be_read_fall_back_on_their_number(records, look, record, tmp_path, content):
    (tmp_path / "a" / "Split-train").mkdir(parents=True)
    if content is not None:
        (tmp_path / "a" / "Split-train" / "SchemaDiff.pb").write_bytes(content)
    made = record("ExampleAnomalies", str(tmp_path / "a"), anomalies=2)
    records.step("example-validator", {"anomalies": [made]})
    records.step("trainer", run="run-2")
    page = look()
    assert page["shipway_anomalies", "taxi"] == 2
    assert page["shipway_exporter_errors_total",] == 1
    assert page["shipway_runs_total", "taxi", "SUCCEEDED"] == 2


def test_what_was_deleted_on_purpose_is_no_error(records, look, record, tmp_path):
    made = record("ExampleAnomalies", str(tmp_path / "gone"), anomalies=2)
    records.step("example-validator", {"anomalies": [made]})
    found = records.lineage.queries().artifact_by_uri(str(tmp_path / "gone"))
    records.lineage.mark_deleted([found.id])
    page = look()
    assert page["shipway_anomalies", "taxi"] == 2
    assert page["shipway_exporter_errors_total",] == 0


def test_a_uri_that_no_mount_serves_is_an_error_like_any_other(records, look, record):
    records.step("example-validator", {"anomalies": [record("ExampleAnomalies", "ftp://somewhere/a")]})
    assert look()["shipway_exporter_errors_total",] == 1
