"""What a metric is: a name, the options it has, the view of the rows it needs, and a formula over their sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shipway.data.evaluation.errors import MetricOptions
from shipway.data.evaluation.histograms import DEFAULT_BUCKETS, Matrices, interpolated_thresholds
from shipway.data.evaluation.slice_sums import SliceSums
from shipway.data.evaluation.views import View

Options = Mapping[str, Any]
Compute = Callable[[SliceSums, Options], Any]
"""Returns one entry per slice: [slices] numbers, [slices, n] arrays, a list of values, or a dict of these by name."""

KERAS_THRESHOLDS = 200


def any_view(view: View) -> bool:
    """For metrics of every kind of label and prediction."""
    return view.predictions.ndim <= 2


def untopped_view(view: View) -> bool:
    """For metrics that sum predictions, which are -inf outside of the top k."""
    return any_view(view) and not view.is_top


def scalar_view(view: View) -> bool:
    """For metrics of one label and one prediction a row."""
    return view.is_scalar


def dense_view(view: View) -> bool:
    """For metrics of one label per class."""
    return view.predictions.ndim == 2 and view.labels.shape == view.predictions.shape


def sparse_view(view: View) -> bool:
    """For metrics of one class number a row, each of them a class of the predictions."""
    if view.predictions.ndim != 2 or view.labels.ndim != 1:
        return False
    return bool(((view.labels >= 0) & (view.labels < view.predictions.shape[1])).all())


@dataclass(frozen=True)
class MetricKind:
    """A metric computed here.

    `compute` is asked only for views that `accepts` and for the `options` listed; anything else goes to TFMA.
    `by_row` metrics ignore binarization and aggregation, `is_aggregated` ones carry the aggregation in their key, and
    `can_binarize` ones take a sub key.
    """

    class_name: str
    default_name: str
    compute: Compute
    options: frozenset[str] = frozenset()
    accepts: Callable[[View], bool] = any_view
    by_row: bool = False
    can_binarize: bool = True
    can_average: bool = True
    is_aggregated: bool = False
    is_plot: bool = False


def matrices_of(sums: SliceSums, options: Options, default: float | None = None) -> Matrices:
    """The matrices at the thresholds that `options` ask for, as TFMA chooses between exact and binned ones.

    `thresholds` are exact; `num_thresholds` are binned, and so are the 10,000 of a metric without a `default`.
    """
    thresholds, number = options.get("thresholds"), options.get("num_thresholds")
    if isinstance(thresholds, int | float):
        thresholds = [float(thresholds)]
    if thresholds is None and number is None:
        if sums.view.is_top:
            thresholds = [-np.inf]
        elif default is not None:
            thresholds = [default]
        else:
            number = DEFAULT_BUCKETS
    if thresholds and number in (DEFAULT_BUCKETS, KERAS_THRESHOLDS) and len(thresholds) == number - 2:
        thresholds = None
    if thresholds and number is not None:
        raise MetricOptions("thresholds", str(dict(options)), "has both thresholds and num_thresholds: keep one")
    if number is not None and number < 2:
        raise MetricOptions("num_thresholds", str(dict(options)), "needs num_thresholds of at least 2")
    if thresholds:
        exact = tuple(float(threshold) for threshold in thresholds)
        if len(exact) < 2 or exact != interpolated_thresholds(len(exact)):
            return sums.matrices_at(exact)
        return sums.binned_matrices(exact)
    return sums.binned_matrices(interpolated_thresholds(number or DEFAULT_BUCKETS))


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Elementwise division, NaN where the denominator is not positive."""
    result = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)
