"""Fairness in numbers: how far apart the best and the worst slice of each feature are.

The gap of a metric is its highest less its lowest value among the slices by one feature (or by the same features
together). Slices with fewer rows than say something are left out, as the summary of an evaluation leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shipway.dashboards.evaluations import EvaluationFound, SliceMetrics

SHOWN = 60
RATES = (
    "false_positive_rate", "false_negative_rate", "true_positive_rate", "true_negative_rate", "positive_rate",
    "negative_rate", "false_discovery_rate", "false_omission_rate", "fpr", "fnr", "tpr", "tnr", "recall", "precision",
    "sensitivity", "specificity", "fall_out", "miss_rate", "selection_rate",
)  # fmt: skip
"""Rates of decisions, which people compare between groups; Fairness Indicators puts a family before and @0.5 behind."""


@dataclass(frozen=True)
class Gap:
    """The gap of a metric among the slices of a feature. `compared` have enough rows and a value.

    `left_out` have too few rows, and `is_sure` is False where nobody says how many rows the slices have. For a metric
    that has no better and worse, `worst` is the slice with the lowest value.
    """

    feature: str
    metric: str
    worst: SliceMetrics
    best: SliceMetrics
    width: float
    compared: int
    left_out: int
    is_sure: bool

    @property
    def worst_value(self) -> float:
        return self.worst.values[self.metric]

    @property
    def best_value(self) -> float:
        return self.best.values[self.metric]


@dataclass(frozen=True)
class Gaps:
    """The gaps of one metric, and those of every rate that was evaluated; each widest first, the first of many."""

    metric: str
    rows: Sequence[Gap]
    rates: Sequence[Gap]
    left_out: int


def gaps_of(evaluation: EvaluationFound, metric: str) -> Gaps:
    """The gaps of an evaluation; `metric` is the main one where the evaluation has no such."""
    metric = metric if metric in evaluation.metrics else evaluation.main_metric
    groups = _groups(evaluation.slices)
    rows = sorted(_gaps(evaluation, groups, metric), key=_widest)
    rates = [one for name in evaluation.metrics if _is_rate(name) for one in _gaps(evaluation, groups, name)]
    small = sum(one.is_small for slices in groups.values() for one in slices)
    return Gaps(metric, rows[:SHOWN], sorted(rates, key=_widest)[:SHOWN], small)


def _groups(slices: Sequence[SliceMetrics]) -> dict[str, list[SliceMetrics]]:
    groups: dict[str, list[SliceMetrics]] = {}
    for one in slices:
        if one.features:
            groups.setdefault(", ".join(one.features), []).append(one)
    return groups


def _gaps(evaluation: EvaluationFound, groups: dict[str, list[SliceMetrics]], metric: str) -> Iterator[Gap]:
    for feature, slices in groups.items():
        compared = [one for one in slices if metric in one.values and not one.is_small]
        if len(compared) < 2:
            continue
        ordered = sorted(compared, key=lambda one: one.values[metric])
        worst, best = ordered[0], ordered[-1]
        if evaluation.lower_is_better(metric):
            worst, best = best, worst
        yield Gap(
            feature=feature,
            metric=metric,
            worst=worst,
            best=best,
            width=abs(best.values[metric] - worst.values[metric]),
            compared=len(compared),
            left_out=sum(one.is_small for one in slices),
            is_sure=all(one.examples is not None for one in slices),
        )


def _is_rate(metric: str) -> bool:
    """`fairness_indicators_metrics/false_positive_rate@0.5` is one."""
    name = metric.rpartition("/")[2].partition("@")[0].partition(" ")[0]
    return name in RATES


def _widest(gap: Gap) -> tuple[float, str, str]:
    return -gap.width, gap.metric, gap.feature
