"""EvalResults as numbers, and files that are no EvalResults."""

import pytest

from shipway.data.errors import DamagedRecords
from shipway.data.evaluation.eval_result import EvalRun, read_plots, write_eval_result
from shipway.data.evaluation.metric_keys import CrossSliceKey
from shipway.data.evaluation.numbers import (
    CONFIG_FILE,
    DamagedEvaluation,
    TooLargeEvaluation,
    read_config,
    read_numbers,
    read_plots_of,
    read_values,
)

PLENTY = 1 << 20
EVERY = [{}, {"feature_keys": ["s"]}]


@pytest.fixture
def written(run, table, tmp_path):
    done = run(
        table,
        ["AUC", "ExampleCount", "Precision", {"class_name": "CalibrationPlot", "config": '{"num_buckets": 4}'}],
        slices=EVERY,
        baseline="q",
        cross_slicing_specs=[{"baseline_spec": {}, "slicing_specs": [{"feature_values": {"s": "AA"}}]}],
    )
    write_eval_result(tmp_path, EvalRun(done.result.config, "", "", {}), done.result.metrics, done.result.validation)
    return tmp_path, done


def test_the_model_the_baseline_and_the_change_are_apart(written):
    folder, done = written
    found = {one.key: one for one in read_numbers(folder, PLENTY)}
    overall = found[()]
    assert overall.metrics["auc"] == done.value("auc", model_name="candidate")
    assert overall.baseline["auc"] == done.value("auc", model_name="baseline")
    assert overall.changes["auc"] == pytest.approx(overall.metrics["auc"] - overall.baseline["auc"])
    assert overall.metrics["example_count"] == 60
    assert found[(("s", "AA"),)].metrics["example_count"] == table_count(done, "AA")
    assert any(isinstance(key, CrossSliceKey) for key in found)
    assert overall.intervals == {}


def table_count(done, name):
    return done.value("example_count", (("s", name),), model_name="candidate")


def test_what_is_not_finite_is_left_out(run, tmp_path):
    done = run({"y": [1, 0, 1], "p": [0.1, 0.2, 0.3]}, ["AUC", "Precision"])
    write_eval_result(tmp_path, EvalRun(done.result.config, "", "", {}), done.result.metrics, done.result.validation)
    (overall,) = read_numbers(tmp_path, PLENTY)
    assert set(overall.metrics) == {"auc"}


def test_only_the_slices_that_are_wanted(written):
    folder, _ = written
    assert set(read_values(folder, PLENTY, lambda key: key == ())) == {()}
    assert read_config(folder).model_specs[1].is_baseline


def test_plots_of_one_slice(written):
    folder, _ = written
    assert {key.name for key in read_plots_of(folder, (), PLENTY)} == {"calibration_plot"}
    assert read_plots(folder, (("s", "nowhere"),)) == {}


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b"\xff\xfe", b'{"evalConfig": {"modelSpecs": 3}}'])
def test_a_config_that_is_none(written, content):
    folder, _ = written
    if content is None:
        (folder / CONFIG_FILE).unlink()
    else:
        (folder / CONFIG_FILE).write_bytes(content)
    with pytest.raises(DamagedEvaluation, match=CONFIG_FILE):
        read_numbers(folder, PLENTY)


def test_metrics_that_are_cut_or_foreign_or_too_many(written):
    folder, _ = written
    path = folder / "metrics-00000-of-00001.tfrecord"
    with pytest.raises(TooLargeEvaluation, match="slice by fewer"):
        read_values(folder, path.stat().st_size - 1)
    content = path.read_bytes()
    path.write_bytes(content[:-3])
    with pytest.raises(DamagedRecords):
        read_numbers(folder, PLENTY)
    from shipway.data.tfrecord import frame_records

    path.write_bytes(frame_records([b"\xff\xff\xff"]))
    with pytest.raises(DamagedEvaluation):
        read_numbers(folder, PLENTY)
    path.unlink()
    path.mkdir()
    with pytest.raises(DamagedEvaluation, match="directory"):
        read_numbers(folder, PLENTY)
