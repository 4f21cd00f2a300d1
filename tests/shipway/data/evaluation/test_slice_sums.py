"""Sums, histograms and matrices against a walk through the rows."""

from itertools import pairwise

import numpy as np
import pytest

from shipway.data.evaluation.histograms import EPSILON, bucket_edges, interpolated_thresholds
from shipway.data.evaluation.slice_sums import SliceSums
from shipway.data.evaluation.slicing import Slices
from shipway.data.evaluation.views import View

RANDOM = np.random.default_rng(5)
ROWS = 300
LABELS = RANDOM.integers(0, 2, ROWS).astype(np.float64)
PREDICTIONS = np.concatenate(([0.0, 0.5, 1.0], RANDOM.uniform(-0.1, 1.1, ROWS - 3))).astype(np.float32)
WEIGHTS = RANDOM.uniform(0, 2, ROWS)
CODES = RANDOM.integers(0, 3, ROWS)


def sums(weights=None, rows=None, codes=CODES):
    keys = [(("s", number),) for number in range(3)]
    return SliceSums(View("y", LABELS, PREDICTIONS, weights), Slices(keys, codes, rows))


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_matrices_at_thresholds_count_what_lies_above(weights):
    thresholds = (0.9, 0.25, 0.5)
    found = sums(weights).matrices_at(thresholds)
    weight = np.ones(ROWS) if weights is None else weights
    for number in range(3):
        for place, threshold in enumerate(thresholds):
            here, above = number == CODES, threshold < PREDICTIONS
            assert found.tp[number, place] == pytest.approx(weight[here & above & (LABELS == 1)].sum())
            assert found.fp[number, place] == pytest.approx(weight[here & above & (LABELS == 0)].sum())
            assert found.fn[number, place] == pytest.approx(weight[here & ~above & (LABELS == 1)].sum())
            assert found.tn[number, place] == pytest.approx(weight[here & ~above & (LABELS == 0)].sum())


def test_rows_that_are_in_several_slices_or_none():
    rows = np.array([0, 0, 5, 7])
    chosen = sums(WEIGHTS, rows, np.array([0, 2, 2, 2]))
    assert chosen.rows() == pytest.approx([WEIGHTS[0], 0, WEIGHTS[[0, 5, 7]].sum()])
    assert chosen.label_total == pytest.approx([WEIGHTS[0] * LABELS[0], 0, (WEIGHTS * LABELS)[[0, 5, 7]].sum()])


def test_histogram_buckets_are_closed_on_the_left_and_outliers_have_their_own():
    histogram = sums().histogram(4)
    edges = [-np.inf, 0.0, 0.25, 0.5, 0.75, 1.0, np.inf]
    for number in range(3):
        here = number == CODES
        counts = [((low <= PREDICTIONS) & (high > PREDICTIONS) & here).sum() for low, high in pairwise(edges)]
        assert histogram.examples[number].tolist() == counts
    assert histogram.predictions().sum() == pytest.approx(PREDICTIONS.astype(np.float64).sum())


def test_binned_matrices_approach_the_exact_ones():
    thresholds = interpolated_thresholds(101)
    binned, exact = sums().binned_matrices(thresholds), sums().matrices_at(thresholds)
    assert np.abs(binned.tp[:, 1:-1] - exact.tp[:, 1:-1]).max() <= 1
    totals = np.bincount(CODES, minlength=3)
    assert (binned.tp + binned.fn + binned.fp + binned.tn)[:, 1:-1] == pytest.approx(totals[:, None] * np.ones((3, 99)))
    assert binned.tp[:, -1].tolist() == [0.0] * 3


def test_interpolated_thresholds_reach_just_beyond_both_ends():
    assert interpolated_thresholds(3) == (-EPSILON, 0.5, 1.0 + EPSILON)
    assert bucket_edges(2, 0.0, 4.0).tolist() == [-np.inf, 0.0, 2.0, np.inf]
