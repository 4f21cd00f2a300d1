import json

import numpy as np
import pytest

from shipway.data.errors import DamagedRecords
from shipway.data.evaluation.eval_result import (
    EvalRun,
    read_attributions,
    read_metrics,
    read_validation,
    write_eval_result,
)
from shipway.data.evaluation.metric_keys import CrossSliceKey, MetricKey, SubKey, slice_name
from shipway.data.evaluation.metric_values import as_number


def written(folder, result, attributions=()):
    run = EvalRun(result.config, "/data", "FORMAT_PARQUET", {"": "/model"}, result.suppressed)
    write_eval_result(folder, run, result.metrics, result.validation, attributions)
    return read_metrics(folder)


def test_what_is_written_is_read_again(run, table, tmp_path):
    done = run(
        table,
        [
            "AUC",
            "ExampleCount",
            {"class_name": "Recall", "config": '{"thresholds": [0.2, 0.5]}'},
            {"class_name": "ConfusionMatrixAtThresholds", "config": '{"thresholds": [0.5]}'},
            {"class_name": "ConfusionMatrixPlot", "config": '{"num_thresholds": 4}'},
            {"class_name": "CalibrationPlot", "config": '{"num_buckets": 4}'},
        ],
        slices=[{}, {"feature_keys": ["s", "h"]}],
        baseline="q",
        cross_slicing_specs=[{"baseline_spec": {}, "slicing_specs": [{"feature_values": {"h": "1"}}]}],
    )
    found = written(tmp_path, done.result, [b"one", b"two"])
    assert set(found) == set(done.result.metrics)
    assert CrossSliceKey((), (("h", 1),)) in found
    for slice_key, own in done.result.metrics.items():
        assert set(found[slice_key]) == set(own)
        for key, value in own.items():
            if as_number(value) is not None:
                assert np.array_equal(found[slice_key][key].number, value, equal_nan=True)
    recall = next(value for key, value in found[()].items() if key.name == "recall")
    assert list(recall.message.array_value.shape) == [2]
    assert read_attributions(tmp_path) == [b"one", b"two"]
    assert read_validation(tmp_path) == done.result.validation
    said = json.loads((tmp_path / "eval_config.json").read_text())
    assert said["modelLocations"] == {"": "/model"}
    assert said["version"]


def test_a_small_slice_says_why_it_is_empty(run, table, tmp_path):
    done = run(table, ["AUC"], slices=[{"feature_keys": ["s"]}], options={"min_slice_size": 10})
    written(tmp_path, done.result)
    raw = (tmp_path / "metrics-00000-of-00001.tfrecord").read_bytes()
    assert b"__ERROR__" in raw
    assert b"lower than the minimum required value: 10" in raw


def test_a_cut_file_is_noticed(run, table, tmp_path):
    written(tmp_path, run(table, ["AUC"]).result)
    path = tmp_path / "metrics-00000-of-00001.tfrecord"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DamagedRecords, match="metrics-00000"):
        read_metrics(tmp_path)


@pytest.mark.parametrize(
    "key",
    [
        MetricKey("auc", "candidate", "out", SubKey(top_k=2), "micro_average", True, is_diff=True),
        MetricKey("precision", sub_key=SubKey(class_id=0), example_weighted=False),
        MetricKey("confusion_matrix_plot", example_weighted=False, is_plot=True),
        MetricKey("count"),
    ],
)
def test_keys_survive_their_messages(key):
    assert MetricKey.from_proto(key.to_proto()) == key


def test_names_for_people():
    assert slice_name(()) == "overall"
    assert slice_name((("carrier", "AA"), ("hour", 6))) == "carrier=AA, hour=6"
    assert slice_name(CrossSliceKey((), (("hour", 6),))) == "overall against hour=6"
    assert MetricKey("recall", output_name="a", sub_key=SubKey(class_id=1)).label() == "recall (output=a, class_id=1)"
