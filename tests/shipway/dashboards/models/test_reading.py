"""Evaluations as pages read them: from files, from metadata, and from what is neither."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.evaluations import evaluation_of, slice_of, summary_of
from shipway.dashboards.evaluations.plots import CALIBRATION, ROC, plots_of
from shipway.errors import InputError
from shipway.lineage import RecordedArtifact

METRICS_FILE = "metrics-00000-of-00001.tfrecord"


def evaluation_in(home: Any, run: str) -> RecordedArtifact:
    found = home.queries.artifact_by_uri(str(home.home.artifacts / "bikes" / run / "evaluator" / "1" / "evaluation"))
    assert found is not None
    return found


def test_everything_that_the_files_tell(looked_at: Any) -> None:
    found = evaluation_of(looked_at.home, evaluation_in(looked_at, "run-4"))
    assert found.problems == ()
    assert found.from_files
    assert (found.rows, found.main_metric, found.label) == (6000, "auc", "")
    assert 0.5 < found.metrics["auc"] < found.baseline["auc"] < 1
    assert found.lower_is_better("auc") is False
    assert found.lower_is_better("fpr") is True
    assert found.lower_is_better("calibration") is None
    assert found.metric_names[:3] == ["auc", "binary_crossentropy", "fpr"]
    by_name = {one.name: one for one in found.slices}
    assert found.slice_count == len(by_name) + 1 > 150
    night = by_name["shift=night"]
    assert night.features == ("shift",)
    assert night.examples == night.values["example_count"] == 6000 - by_name["shift=day"].examples
    assert night.baseline["auc"] > night.values["auc"]
    assert any(one.is_small for one in found.slices)
    assert not night.is_small


def test_thresholds_with_their_numbers(looked_at: Any) -> None:
    found = evaluation_of(looked_at.home, evaluation_in(looked_at, "run-4"))
    told = {(one.slice, one.is_change): one for one in found.thresholds}
    assert set(told) == {("overall", False), ("overall", True), ("shift=day", False), ("shift=night", False)}
    assert told["overall", False].value == found.metrics["auc"]
    assert (told["overall", False].low, told["overall", False].high, told["overall", False].passed) == (0.6, None, True)
    changed = told["overall", True]
    assert changed.value == pytest.approx(found.metrics["auc"] - found.baseline["auc"])
    assert (changed.passed, changed.bound, changed.low) == (False, "a change of at least -0.02", None)


def test_one_slice_by_its_name(looked_at: Any) -> None:
    evaluation = evaluation_in(looked_at, "run-2")
    whole = evaluation_of(looked_at.home, evaluation)
    night = next(one for one in whole.slices if one.name == "shift=night")
    assert slice_of(looked_at.home, evaluation, "shift=night") == night
    assert slice_of(looked_at.home, evaluation, "shift=noon") is None
    overall = slice_of(looked_at.home, evaluation, "overall")
    assert overall is not None
    assert overall.values["auc"] == pytest.approx(whole.metrics["auc"], abs=1e-6)
    bare = replace(evaluation, metadata={})
    from_files = slice_of(looked_at.home, bare, "overall")
    assert from_files is not None
    assert (from_files.values, from_files.baseline) == (whole.metrics, whole.baseline)


@pytest.mark.parametrize(
    "damage", ["gone", "deleted", "cut", "garbage", "no config", "bad config", "no metrics", "out"]
)
def test_what_cannot_be_read_is_named_and_the_summary_stays(versions: Any, tmp_path: Path, damage: str) -> None:
    evaluation = evaluation_in(versions, "run-2")
    folder = Path(evaluation.uri)
    whole = evaluation_of(versions.home, evaluation)
    named = METRICS_FILE
    if damage == "gone":
        shutil.rmtree(folder)
        named = "are missing"
    elif damage == "deleted":
        shutil.rmtree(folder)
        evaluation = replace(evaluation, state="DELETED")
        named = "deleted, as is recorded"
    elif damage == "cut":
        path = folder / METRICS_FILE
        path.write_bytes(path.read_bytes()[:-3])
    elif damage == "garbage":
        (folder / METRICS_FILE).write_bytes(b"\x00\xffnothing of the kind")
    elif damage == "no metrics":
        (folder / METRICS_FILE).unlink()
        named = "metrics*.tfrecord"
    elif damage == "out":
        shutil.copy(folder / METRICS_FILE, tmp_path / METRICS_FILE)
        (folder / METRICS_FILE).unlink()
        (folder / METRICS_FILE).symlink_to(tmp_path / METRICS_FILE)
        named = "leads out"
    else:
        named = "eval_config.json"
        (folder / named).unlink() if damage == "no config" else (folder / named).write_text("{")
    found = evaluation_of(versions.home, evaluation)
    (problem,) = found.problems
    assert named in problem
    assert not found.from_files
    assert found.metrics["auc"] == pytest.approx(whole.metrics["auc"], abs=1e-6)
    assert found.slices
    assert found.slice_count == whole.slice_count
    with pytest.raises(InputError):
        slice_of(versions.home, evaluation, "shift=night")


def test_files_that_change_are_read_again(versions: Any) -> None:
    first, second = (evaluation_in(versions, run) for run in ("run-1", "run-2"))
    before = evaluation_of(versions.home, first).metrics["auc"]
    for path in Path(second.uri).iterdir():
        shutil.copy(path, first.uri)
    assert evaluation_of(versions.home, first).metrics["auc"] != before


def test_files_elsewhere_are_not_looked_into(looked_at: Any, tmp_path: Path) -> None:
    evaluation = evaluation_in(looked_at, "run-2")
    copy = shutil.copytree(evaluation.uri, tmp_path / "evaluation")
    for uri in (str(copy), "", "ftp://x/y", "/etc", "\0", "x" * 10_000):
        found = evaluation_of(looked_at.home, replace(evaluation, uri=uri))
        assert "not shown" in found.problems[0]
        assert not found.from_files


SUMMARIES = [
    "", "[]", "{", "null", '{"metrics": []}', '{"metrics": {"auc": "high", "loss": NaN, "n": Infinity, "b": true}}',
    '{"worst_slices": {"auc": 3, "loss": [1, {"slice": "a"}]}}', '{"rows": "many", "slices": -1}', "[" * 5000,
    '{"metrics": {"big": 1' + "0" * 400 + "}}",
]  # fmt: skip


@pytest.mark.parametrize("summary", SUMMARIES)
def test_a_summary_of_another_shape(summary: str) -> None:
    made = RecordedArtifact(1, "ModelEvaluation", "/nowhere", "", "LIVE", "", {"summary": summary}, 0)
    found = summary_of(made)
    assert found.metrics == {}
    assert list(found.slices) == []
    assert found.main_metric == ""


def test_the_worst_slices_of_a_summary() -> None:
    worst = {"loss": [{"slice": "a=1", "value": 0.5, "rows": 10}], "auc": [{"slice": "a=1", "value": 0.6, "rows": 10}]}
    said = {"metrics": {"auc": 0.8, "loss": 0.3}, "worst_slices": worst, "slices": 9, "label": "late"}
    made = RecordedArtifact(1, "ModelEvaluation", "/x", "", "LIVE", "", {"summary": json.dumps(said), "rows": 50}, 0)
    found = summary_of(made)
    assert (found.main_metric, found.slice_count, found.rows, found.label) == ("loss", 9, 50, "late")
    (only,) = found.slices
    assert (only.name, only.values, only.examples, only.is_small) == ("a=1", {"loss": 0.5, "auc": 0.6}, 10, True)


def test_curves(looked_at: Any) -> None:
    found = plots_of(looked_at.home, evaluation_in(looked_at, "run-3"))
    assert found.problems == ()
    assert sorted((one.kind, one.is_baseline) for one in found.curves) == [
        (CALIBRATION, False), (CALIBRATION, True), (ROC, False), (ROC, True),
    ]  # fmt: skip
    for curve in found.curves:
        assert 5 < len(curve.spots) <= 42
        assert [spot.x for spot in curve.spots] == sorted(spot.x for spot in curve.spots)
        assert all(0 <= spot.x <= 1 and 0 <= spot.y <= 1 for spot in curve.spots)
    own = [one for one in found.curves if not one.is_baseline]
    calibration, roc = (next(one for one in own if one.kind == kind) for kind in (CALIBRATION, ROC))
    assert sum(spot.at for spot in calibration.spots) == pytest.approx(6000)
    assert (roc.spots[0].x, roc.spots[0].y) == (0, 0)
    assert (roc.spots[-1].x, roc.spots[-1].y) == (1, 1)


@pytest.mark.parametrize("damage", ["cut", "gone", "empty"])
def test_plots_that_cannot_be_read(versions: Any, damage: str) -> None:
    evaluation = evaluation_in(versions, "run-1")
    path = Path(evaluation.uri) / "plots-00000-of-00001.tfrecord"
    if damage == "gone":
        shutil.rmtree(evaluation.uri)
    else:
        path.write_bytes(b"" if damage == "empty" else path.read_bytes()[:-1])
    found = plots_of(versions.home, evaluation)
    assert found.curves == ()
    assert len(found.problems) == (damage == "cut")


def test_what_has_no_plots_has_no_curves(looked_at: Any) -> None:
    evaluation = evaluation_in(looked_at, "run-1")
    assert plots_of(looked_at.home, replace(evaluation, uri="/etc")).problems
