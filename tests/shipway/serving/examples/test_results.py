"""Outputs of models as classes and values, and what is neither."""

import numpy as np
import pytest

from shipway.serving.examples.results import ScoredClass, UnfitOutput, classifications, regressions

SCORES = np.array([[0.25, 0.75], [1.0, 0.0]], np.float32)
CLASSES = np.array([[b"no", b"yes"], ["é", b"\xff"]], object)


def test_classes_and_scores_are_paired_in_the_models_order():
    assert classifications({"classes": CLASSES, "scores": SCORES}, 2) == [
        [ScoredClass("no", 0.25), ScoredClass("yes", 0.75)],
        [ScoredClass("é", 1.0), ScoredClass("\N{REPLACEMENT CHARACTER}", 0.0)],
    ]


def test_one_of_them_is_enough():
    assert classifications({"scores": SCORES, "more": SCORES}, 2)[0] == [("", 0.25), ("", 0.75)]
    assert classifications({"classes": CLASSES}, 2)[0] == [("no", 0.0), ("yes", 0.0)]


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        ({"scores": SCORES[0]}, r"Expected Tensor shape: \[batch_size num_classes\] but the output 'scores' has \[2\]"),
        ({"scores": SCORES.astype(np.float64)}, "Expected scores Tensor of DT_FLOAT. Got: float64."),
        ({"classes": SCORES}, "Expected classes Tensor of DT_STRING. Got: float32."),
        ({"scores": SCORES[:1]}, "Expected scores output batch size of 2. Got: 1."),
        ({"classes": CLASSES[:, :1], "scores": SCORES}, r"should match in dim_size\(1\). Got 1 vs. 2."),
    ],
)
def test_what_is_no_classification_is_told(outputs, sentence):
    with pytest.raises(UnfitOutput, match=sentence):
        classifications(outputs, 2)


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_values_come_one_an_example(shape):
    assert regressions({"outputs": np.array([0.5, -1.0], np.float32).reshape(shape)}, 2) == [0.5, -1.0]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.zeros((2, 2), np.float32), r"either \[batch_size\] or \[batch_size, 1\] but got \[2, 2\]"),
        (np.zeros((), np.float32), r"but got \[\]"),
        (np.zeros(3, np.float32), "Input batch size did not match output batch size: 2 vs. 3."),
        (np.zeros(2, np.int64), "Expected output Tensor of DT_FLOAT. Got: int64."),
    ],
)
def test_what_is_no_regression_is_told(values, sentence):
    with pytest.raises(UnfitOutput, match=sentence):
        regressions({"outputs": values}, 2)
