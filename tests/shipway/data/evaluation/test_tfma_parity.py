"""Every metric that is computed here, against TFMA's own evaluator on the same rows."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.evaluation import protos
from shipway.data.evaluation.columns import collect_columns
from shipway.data.evaluation.compute import compute_metrics, make_views, partition_rows
from shipway.data.evaluation.errors import MetricOptions, UnknownMetric
from shipway.data.evaluation.eval_config import complete_eval_config, parse_eval_config
from shipway.data.evaluation.metric_requests import plan_metrics
from shipway.data.evaluation.metric_values import TfmaValue, value_proto
from shipway.data.evaluation.metrics import METRIC_KINDS

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:You are using a Python version:FutureWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning:tensorflow_model_analysis"),
]

ROWS = 120
TOLERANCE = 2e-6
OPTIONS = {
    "SensitivityAtSpecificity": {"specificity": 0.7},
    "SpecificityAtSensitivity": {"sensitivity": [0.5, 0.8]},
    "PrecisionAtRecall": {"recall": 0.6},
    "RecallAtPrecision": {"precision": 0.7},
    "RecallAtFalsePositiveRate": {"false_positive_rate": 0.2},
    "ThresholdAtRecall": {"recall": 0.8},
    "ConfusionMatrixAtThresholds": {"thresholds": [0.7, 0.2]},
    "ConfusionMatrixPlot": {"num_thresholds": 20},
    "CalibrationPlot": {"num_buckets": 20},
    "BinaryCrossEntropy": {"name": "tfma_binary_crossentropy"},
}
NOT_IN_TFMA = {"FairnessIndicators", "PrevalenceThreshold"}
"""The first is a package of its own, the second divides by zero there."""

OF_CLASSES = {name for name in METRIC_KINDS if "ategorical" in name}
BINARY = sorted(set(METRIC_KINDS) - NOT_IN_TFMA - OF_CLASSES)
VARIANTS = [
    ("AUC", {"name": "a", "num_thresholds": 200}),
    ("AUC", {"name": "b", "curve": "PR", "summation_method": "majoring"}),
    ("AUC", {"name": "c", "summation_method": "minoring"}),
    ("AUC", {"name": "d", "thresholds": [0.1, 0.5, 0.9]}),
    ("Precision", {"name": "e", "thresholds": [0.9, 0.1, 0.5]}),
    ("Recall", {"name": "f", "num_thresholds": 5}),
    ("BinaryCrossentropy", {"name": "g", "label_smoothing": 0.1}),
    ("CalibrationPlot", {"name": "h", "num_buckets": 7, "left": 0.2, "right": 0.7}),
]
FLAT = ["ExampleCount", "AUC", "Precision", "MeanLabel", "MeanPrediction", "Calibration", "ConfusionMatrixPlot", "FNR"]
RANDOM = np.random.default_rng(11)
PREDICTIONS = np.concatenate(([0.0, 1.0, 0.5], RANDOM.uniform(size=ROWS - 3))).astype(np.float32)
CLASS_PREDICTIONS = RANDOM.dirichlet(np.ones(4), ROWS).astype(np.float32)
CLASSES = RANDOM.integers(0, 4, ROWS)
ONE_HOT = np.eye(4)[CLASSES].tolist()


def metrics(names):
    return [{"class_name": name, "config": json.dumps(OPTIONS.get(name, {}))} for name in names]


CASES = {
    "binary, weighted and not": (
        (RANDOM.uniform(size=ROWS) < PREDICTIONS).astype(np.int64),
        PREDICTIONS,
        {"metrics": metrics(BINARY), "example_weights": {"weighted": True, "unweighted": True}},
    ),
    "options": (
        (RANDOM.uniform(size=ROWS) < PREDICTIONS).astype(np.int64),
        PREDICTIONS,
        {"metrics": [{"class_name": name, "config": json.dumps(own)} for name, own in VARIANTS]},
    ),
    "fractional labels": (
        RANDOM.uniform(size=ROWS).astype(np.float32),
        PREDICTIONS,
        {
            "metrics": metrics(
                ["AUC", "Precision", "BinaryAccuracy", "MeanLabel", "CalibrationPlot", "BinaryCrossentropy"]
            )
        },
    ),
    "a number": (
        RANDOM.normal(2, 1, ROWS).astype(np.float32),
        RANDOM.normal(2, 1, ROWS).astype(np.float32),
        {"metrics": metrics([name for name in METRIC_KINDS if name.startswith(("Mean", "Root", "Squared"))])},
    ),
    "class numbers": (
        CLASSES,
        CLASS_PREDICTIONS,
        {"metrics": metrics([*FLAT, *(name for name in OF_CLASSES if name.startswith("Sparse"))])},
    ),
    "one-hot classes": (
        ONE_HOT,
        CLASS_PREDICTIONS,
        {"metrics": metrics([*FLAT, "BinaryCrossentropy", *(n for n in OF_CLASSES if not n.startswith("Sparse"))])},
    ),
    "each class and the kth": (
        CLASSES,
        CLASS_PREDICTIONS,
        {"metrics": metrics(FLAT), "binarize": {"class_ids": {"values": [0, 2]}, "k_list": {"values": [1, 2]}}},
    ),
    "the top classes": (
        ONE_HOT,
        CLASS_PREDICTIONS,
        {
            "metrics": metrics(["ExampleCount", "Precision", "Recall", "ConfusionMatrixAtThresholds"]),
            "binarize": {"top_k_list": {"values": [2]}},
        },
    ),
    "micro average with class weights": (
        CLASSES,
        CLASS_PREDICTIONS,
        {
            "metrics": metrics(["AUC", "Precision", "MeanLabel", "Calibration", "MeanSquaredError"]),
            "aggregate": {"micro_average": True, "class_weights": {"0": 1.0, "1": 0.5}},
        },
    ),
}


def both_answers(labels, predictions, spec):
    """What is computed here and what TFMA computes, by slice and key."""
    from shipway.data.evaluation.tfma_fallback import compute_with_tfma

    config = complete_eval_config(
        parse_eval_config(
            {
                "model_specs": [{"label_key": "y", "example_weight_key": "w"}],
                "slicing_specs": [{}, {"feature_keys": ["s"]}],
                "metrics_specs": [spec],
            }
        ),
        has_baseline=False,
    )
    table = {"y": pa.array(labels), "s": ["a", "b", "b", "c"] * (ROWS // 4), "w": RANDOM.uniform(0, 2, ROWS)}
    batch = pa.RecordBatch.from_pydict(table)
    columns = collect_columns(config, [batch], {"": lambda batch: {"outputs": predictions}})
    plan = plan_metrics(config)
    views = make_views(config, columns, plan)
    assert not plan.foreign
    partitions = partition_rows(config, columns)
    own = compute_metrics(partitions, views, plan.requests).metrics
    with tempfile.TemporaryDirectory() as folder:
        theirs, _ = compute_with_tfma(config, columns, partitions, [batch], Path(folder))
    return own, theirs


def numbers(message):
    """All floating numbers of a message in the order of its fields."""
    if message.DESCRIPTOR.name == "DoubleValue":
        yield message.value
        return
    for field, value in message.ListFields():
        several = value if field.label == field.LABEL_REPEATED else [value]
        if field.message_type is not None:
            for inner in several:
                yield from numbers(inner)
        elif field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
            yield from several


@pytest.mark.parametrize("case", CASES)
def test_metrics_are_tfmas(case):
    own, theirs = both_answers(*CASES[case])
    assert set(own) == set(theirs)
    for slice_key in own:
        assert set(own[slice_key]) == set(theirs[slice_key])
        for key, value in own[slice_key].items():
            reference = theirs[slice_key][key]
            wanted = list(numbers(reference.message if isinstance(reference, TfmaValue) else reference))
            found = list(numbers(value if key.is_plot else value_proto(value)))
            np.testing.assert_allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE, err_msg=f"{key} on {slice_key}")


def test_the_messages_are_the_real_packages():
    import tensorflow_model_analysis as tfma

    assert protos.config_pb2.EvalConfig is tfma.EvalConfig
    assert protos._load()["config_pb2"].EvalConfig is tfma.EvalConfig


def test_metrics_that_only_tfma_has_stand_beside_the_others(run, table):
    specs = [
        {"metrics": [{"class_name": "AUC"}, {"class_name": "Hinge"}]},
        {"metrics": [{"class_name": "MinLabelPosition"}], "query_key": "h"},
    ]
    done = run(table, slices=[{}, {"feature_keys": ["s"]}], metrics_specs=specs, baseline="q")
    labels, predictions = np.where(table["y"] == 1, 1, -1), table["p"]
    hinge = np.maximum(1 - labels * predictions, 0).mean()
    assert done.value("hinge", model_name="candidate") == pytest.approx(hinge, abs=1e-6)
    assert done.value("hinge", is_diff=True) == pytest.approx(
        hinge - np.maximum(1 - labels * table["q"], 0).mean(), abs=1e-6
    )
    positions = []
    for query in range(4):
        own = table["h"] == query
        ranked = table["y"][own][np.argsort(-predictions[own])]
        positions.append(int(np.flatnonzero(ranked == 1)[0]) + 1)
    assert done.value("min_label_position", model_name="candidate") == pytest.approx(np.mean(positions))
    assert done.value("auc", (("s", "AA"),), model_name="candidate") > 0.5


def test_confidence_intervals_are_tfmas(run, table):
    options = {"compute_confidence_intervals": True, "confidence_intervals": {"method": "POISSON_BOOTSTRAP"}}
    accuracy = {"class_name": "BinaryAccuracy", "threshold": {"value_threshold": {"lower_bound": 0.5}}}
    done = run(table, [accuracy], options=options)
    (value,) = done.result.metrics[()].values()
    low, high = (getattr(value.interval, name).double_value.value for name in ("lower_bound", "upper_bound"))
    assert low < value.number < high
    assert value.number == pytest.approx(((table["p"] > 0.5) == table["y"]).mean())
    assert done.result.validation.validation_ok


@pytest.mark.parametrize(
    ("metric", "error", "sentence"),
    [
        ({"class_name": "AUCC"}, UnknownMetric, r"There is no metric 'AUCC': did you mean .*AUC"),
        (
            {"class_name": "X", "module": "nowhere.at_all"},
            UnknownMetric,
            "no metric 'X' in the module 'nowhere.at_all'",
        ),
        ({"class_name": "AUC", "config": '{"colour": 1}'}, MetricOptions, "unexpected keyword argument 'colour'"),
        ({"class_name": "MinLabelPosition"}, MetricOptions, "a query_key is required"),
    ],
)
def test_a_metric_that_nobody_has_is_refused_by_name_before_any_row_is_read(run, metric, error, sentence):
    with pytest.raises(error, match=sentence):
        run({"y": ["unreadable"], "p": [0.5]}, [metric])
