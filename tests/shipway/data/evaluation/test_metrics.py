"""Metrics against formulas over the rows, and against answers known in advance; TFMA's own are in test_tfma_parity."""

import math

import numpy as np
import pytest

from shipway.data.evaluation.views import class_numbers

CC = (("s", "CC"),)


def exact_auc(labels, predictions):
    positive, negative = predictions[labels == 1], predictions[labels == 0]
    wins = (positive[:, None] > negative).sum() + 0.5 * (positive[:, None] == negative).sum()
    return wins / (len(positive) * len(negative))


def test_auc_is_the_chance_of_ranking_a_positive_first(run, table):
    done = run(table, ["AUC"], slices=[{}, {"feature_keys": ["s"]}])
    labels, predictions, group = table["y"], table["p"], np.array(table["s"])
    assert done.value("auc") == pytest.approx(exact_auc(labels, predictions), abs=1e-3)
    for name in ("AA", "BB"):
        own = group == name
        assert done.value("auc", (("s", name),)) == pytest.approx(exact_auc(labels[own], predictions[own]), abs=2e-3)


@pytest.mark.parametrize(
    ("predictions", "auc"), [([0.1, 0.2, 0.8, 0.9], 1.0), ([0.5] * 4, 0.5), ([0.9, 0.8, 0.2, 0.1], 0.0)]
)
def test_known_areas(run, predictions, auc):
    done = run({"y": [0, 0, 1, 1], "p": predictions}, ["AUC", "AUCPrecisionRecall"])
    assert done.value("auc") == pytest.approx(auc, abs=1e-9)
    if auc == 1.0:
        assert done.value("auc_precision_recall") == pytest.approx(1.0, abs=1e-9)


def test_decisions_at_thresholds(run):
    table = {"y": [1, 1, 1, 0, 0], "p": [0.9, 0.6, 0.2, 0.7, 0.1]}
    names = ["TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall", "FPR", "FNR"]
    done = run(table, [*names, "BinaryAccuracy", "F1Score", "BalancedAccuracy", "MatthewsCorrelationCoefficient"])
    assert [
        done.value(name) for name in ("true_positives", "false_positives", "true_negatives", "false_negatives")
    ] == [2, 1, 1, 1]
    assert done.value("precision") == pytest.approx(2 / 3)
    assert done.value("recall") == pytest.approx(2 / 3)
    assert done.value("fpr") == 0.5
    assert done.value("fnr") == pytest.approx(1 / 3)
    assert done.value("binary_accuracy") == pytest.approx(0.6)
    assert done.value("f1_score") == pytest.approx(2 / 3)
    assert done.value("balanced_accuracy") == pytest.approx((2 / 3 + 0.5) / 2)
    assert done.value("matthews_correlation_coefficient") == pytest.approx((2 * 1 - 1 * 1) / math.sqrt(3 * 3 * 2 * 2))


def test_a_threshold_of_ones_own_and_several(run):
    table = {"y": [1, 1, 1, 0, 0], "p": [0.9, 0.6, 0.2, 0.7, 0.1]}
    done = run(
        table,
        [
            {"class_name": "Recall", "config": '{"thresholds": 0.75, "name": "strict"}'},
            {"class_name": "Recall", "config": '"thresholds": [0.15, 0.65], "name": "both"'},
        ],
    )
    assert done.value("strict") == pytest.approx(1 / 3)
    assert done.value("both").tolist() == pytest.approx([1.0, 1 / 3])


def test_what_is_undefined_is_nan(run):
    done = run({"y": [0, 0], "p": [0.1, 0.2]}, ["Precision", "Recall", "Calibration"])
    assert math.isnan(done.value("precision"))
    assert math.isnan(done.value("recall"))
    assert math.isnan(done.value("calibration"))


def test_weights_count(run, table):
    names = ["ExampleCount", "MeanLabel", "MeanPrediction", "Calibration", "BinaryAccuracy"]
    done = run(table, names, model={"example_weight_key": "w"})
    weights, labels, predictions = (table[name].astype(np.float64) for name in ("w", "y", "p"))
    assert done.value("example_count") == pytest.approx(weights.sum())
    assert done.value("mean_label") == pytest.approx((weights * labels).sum() / weights.sum())
    assert done.value("mean_prediction") == pytest.approx((weights * predictions).sum() / weights.sum())
    assert done.value("calibration") == pytest.approx((weights * predictions).sum() / (weights * labels).sum())
    right = (predictions > 0.5) == labels
    assert done.value("binary_accuracy") == pytest.approx(weights[right].sum() / weights.sum())


def test_weighted_and_plain_side_by_side(run, table):
    specs = [{"metrics": [{"class_name": "ExampleCount"}], "example_weights": {"weighted": True, "unweighted": True}}]
    done = run(table, model={"example_weight_key": "w"}, metrics_specs=specs)
    assert done.value("example_count", example_weighted=False) == 60
    assert done.value("example_count", example_weighted=True) == pytest.approx(table["w"].astype(np.float64).sum())


def test_errors_of_a_regression(run):
    labels, predictions = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 2.0])
    errors = ["MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "MeanAbsolutePercentageError"]
    names = [*errors, "SquaredPearsonCorrelation"]
    done = run({"y": labels, "p": predictions}, names)
    assert done.value("mean_squared_error") == pytest.approx((0.25 + 4) / 3)
    assert done.value("mean_absolute_error") == pytest.approx(2.5 / 3)
    assert done.value("root_mean_squared_error") == pytest.approx(math.sqrt(4.25 / 3))
    assert done.value("mean_absolute_percentage_error") == pytest.approx(100 * (0.5 + 0 + 0.5) / 3)
    assert done.value("squared_pearson_correlation") == pytest.approx(np.corrcoef(labels, predictions)[0, 1] ** 2)


def test_cross_entropy(run):
    done = run({"y": [1, 0, 1], "p": np.array([0.8, 0.3, 0.5], np.float32)}, ["BinaryCrossentropy"])
    assert done.value("binary_crossentropy") == pytest.approx(-np.log([0.8, 0.7, 0.5]).mean(), abs=1e-6)


def test_classes(run):
    predictions = [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.1, 0.3, 0.6], [0.5, 0.4, 0.1]]
    top_two = {"class_name": "SparseTopKCategoricalAccuracy", "config": '{"k": 2}'}
    names = ["SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", top_two]
    done = run({"y": [0, 2, 2, 1], "p": predictions}, names)
    assert done.value("sparse_categorical_accuracy") == 0.5
    assert done.value("sparse_top_k_categorical_accuracy") == 1.0
    assert done.value("sparse_categorical_crossentropy") == pytest.approx(
        -np.log([0.7, 0.3, 0.6, 0.4]).mean(), abs=1e-6
    )


def test_one_class_against_the_rest_and_the_top_two(run):
    predictions = [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.1, 0.3, 0.6], [0.5, 0.4, 0.1]]
    specs = [
        {
            "metrics": [{"class_name": "Recall"}],
            "binarize": {"class_ids": {"values": [1]}, "top_k_list": {"values": [2]}},
        }
    ]
    done = run({"y": [0, 1, 2, 1], "p": predictions}, metrics_specs=specs)
    keys = {key.sub_key: key for key in done.result.metrics[()]}
    by_sub_key = {
        (sub.class_id, sub.top_k): done.result.metrics[()][key] for sub, key in keys.items() if sub is not None
    }
    assert by_sub_key[1, None] == 0.0
    assert by_sub_key[None, 2] == 1.0


def test_text_labels_are_numbers_by_the_names_that_the_model_gives():
    labels = np.array(["no", "yes", "perhaps"], dtype=object)
    assert class_numbers("y", labels, ["no", "yes"]).tolist() == [0, 1, -1]


def test_fairness_indicators_and_the_gap_between_groups(run):
    table = {
        "y": [0, 0, 0, 0, 1, 0, 0, 1],
        "p": [0.9, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9],
        "s": ["a", "a", "a", "a", "a", "b", "b", "b"],
    }
    done = run(
        table,
        [{"class_name": "FairnessIndicators", "config": '{"thresholds": [0.5]}'}],
        slices=[{"feature_keys": ["s"]}],
        cross_slicing_specs=[
            {"baseline_spec": {"feature_values": {"s": "a"}}, "slicing_specs": [{"feature_values": {"s": "b"}}]}
        ],
    )
    name = "fairness_indicators_metrics/false_positive_rate@0.5"
    assert done.value(name, (("s", "a"),)) == 0.25
    assert done.value(name, (("s", "b"),)) == 1.0
    gap = [key for key in done.result.metrics if hasattr(key, "baseline")]
    assert gap == [((("s", "a"),), (("s", "b"),))]
    assert done.value(name, gap[0]) == -0.75


def test_the_change_against_the_baseline(run, table):
    done = run(table, ["AUC", "ExampleCount"], baseline="q")
    own, old = done.value("auc", model_name="candidate"), done.value("auc", model_name="baseline")
    assert own > old
    assert done.value("auc", is_diff=True) == pytest.approx(own - old)
    assert done.value("example_count", is_diff=True) == 0


def test_small_slices_are_not_shown(run, table):
    done = run(table, ["AUC"], slices=[{}, {"feature_keys": ["s"]}], options={"min_slice_size": 10})
    rows = {key[0][1]: count for key, count in done.result.slice_rows.items() if key}
    assert rows["CC"] < 10 < rows["BB"]
    assert done.result.metrics[CC] == {}
    assert done.result.suppressed == {CC: 10}
    assert done.value("auc", (("s", "BB"),)) > 0.5


def test_a_slice_that_two_specs_make_is_there_once(run, table):
    done = run(table, ["ExampleCount"], slices=[{"feature_keys": ["s"]}, {"feature_values": {"s": "AA"}}])
    assert sorted(key[0][1] for key in done.result.metrics) == ["AA", "BB", "CC"]
    assert sum(done.value("example_count", key) for key in done.result.metrics) == 60
