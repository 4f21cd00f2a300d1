import json

import numpy as np
import pytest

from shipway.data.evaluation.summary import WORST_SLICES, summarise

BOUND = {"value_threshold": {"upper_bound": 1.0}}


def test_a_person_reads_overall_metrics_and_where_they_are_worst(run):
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 800)
    group = np.repeat(["a", "b", "tiny"], [390, 390, 20])
    good = np.where(labels == 1, 0.8, 0.2) + random.normal(0, 0.05, 800)
    table = {
        "y": labels,
        "p": np.where(group == "b", random.uniform(0, 1, 800), good.clip(0, 1)),
        "s": group.tolist(),
    }
    metrics = ["ExampleCount", "AUC", {"class_name": "FPR", "threshold": BOUND}]
    summary = summarise(run(table, metrics, slices=[{}, {"feature_keys": ["s"]}]).result)
    assert summary["rows"] == 800
    assert summary["slices"] == 4
    assert set(summary["metrics"]) == {"example_count", "auc", "fpr"}
    assert list(summary["worst_slices"]) == ["fpr", "auc"]
    assert [entry["slice"] for entry in summary["worst_slices"]["auc"]] == ["s=b", "s=a"]
    assert summary["worst_slices"]["fpr"][0]["slice"] == "s=b"
    assert summary["worst_slices"]["auc"][0]["rows"] == 390


def test_the_baseline_is_shown_beside_the_model(run, table):
    summary = summarise(run(table, ["AUC"], baseline="q").result)
    assert set(summary["metrics"]) == set(summary["baseline_metrics"]) == {"auc"}
    assert summary["metrics"]["auc"] > summary["baseline_metrics"]["auc"]
    assert summary["worst_slices"] == {}


def test_it_stays_small_and_holds_no_nan(run):
    rows = 40_000
    table = {"y": [0] * rows, "p": [0.5] * rows, "s": [f"a rather long name of a slice {n % 900}" for n in range(rows)]}
    metrics = ["Precision", "Recall", "AUC", "BinaryAccuracy", "FPR", "Calibration", "MeanLabel"]
    summary = summarise(run(table, metrics, slices=[{}, {"feature_keys": ["s"]}]).result)
    assert summary["metrics"]["precision"] is None
    assert summary["metrics"]["mean_label"] == 0.0
    assert all(len(entries) <= WORST_SLICES for entries in summary["worst_slices"].values())
    assert len(json.dumps(summary, allow_nan=False)) < 4000


def test_regressions_are_worst_where_errors_are_largest(run):
    table = {"y": [0.0] * 80, "p": [0.1] * 40 + [3.0] * 40, "s": [1] * 40 + [2] * 40}
    summary = summarise(run(table, ["MeanSquaredError"], slices=[{"feature_keys": ["s"]}]).result)
    assert [entry["slice"] for entry in summary["worst_slices"]["mean_squared_error"]] == ["s=2", "s=1"]
    assert summary["worst_slices"]["mean_squared_error"][0]["value"] == pytest.approx(9.0)
