"""What a person wants to know of an evaluation, small enough for an artifact's metadata."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from shipway.data.evaluation.directions import ROWS_TO_JUDGE, is_judged, lower_is_better
from shipway.data.evaluation.eval_config import baseline_name
from shipway.data.evaluation.evaluate import Evaluation
from shipway.data.evaluation.metric_keys import OVERALL, CrossSliceKey, MetricKey, slice_name
from shipway.data.evaluation.metric_values import as_number
from shipway.data.evaluation.thresholds import thresholds_of

METRIC_LIMIT = 24
MAIN_METRICS = 3
WORST_SLICES = 5


def summarise(evaluation: Evaluation) -> dict[str, Any]:
    """Overall metrics of the model and its baseline, and for the main metrics the slices where they are worst.

    Main metrics are those that thresholds bound, then the others in their order. Numbers that are not finite are None.
    """
    baseline = baseline_name(evaluation.config)
    single = [key for key in evaluation.metrics if not isinstance(key, CrossSliceKey)]
    summary: dict[str, Any] = {
        "rows": evaluation.rows,
        "rows_without_label": evaluation.skipped,
        "slices": len(single),
        "metrics": _numbers(evaluation, lambda key: key.model_name != baseline and not key.is_diff),
    }
    if baseline is not None:
        summary["baseline_metrics"] = _numbers(evaluation, lambda key: key.model_name == baseline)
    worst = {}
    for key in _main_metrics(evaluation, baseline):
        ranked = _ranked_slices(evaluation, key)
        if len(ranked) > 1:
            worst[key.label()] = ranked[:WORST_SLICES]
    summary["worst_slices"] = worst
    return summary


def _numbers(evaluation: Evaluation, wanted: Any) -> dict[str, float | None]:
    result: dict[str, float | None] = {}
    for key, value in evaluation.metrics.get(OVERALL, {}).items():
        number = as_number(value)
        if number is not None and not key.is_plot and wanted(key) and len(result) < METRIC_LIMIT:
            result[key.label()] = _finite(number)
    return result


def _main_metrics(evaluation: Evaluation, baseline: str | None) -> Iterable[MetricKey]:
    bounded = [key._replace(is_diff=False) for key in thresholds_of(evaluation.config)]
    computed = [
        key
        for own in evaluation.metrics.values()
        for key, value in own.items()
        if as_number(value) is not None and not key.is_diff
    ]
    every = dict.fromkeys([*bounded, *computed])
    judged = [key for key in every if key.model_name != baseline and is_judged(key.name)]
    return judged[:MAIN_METRICS]


def _ranked_slices(evaluation: Evaluation, key: MetricKey) -> list[dict[str, Any]]:
    found = []
    for slice_key, rows in evaluation.slice_rows.items():
        number = as_number(evaluation.metrics[slice_key].get(key))
        if slice_key != OVERALL and rows >= ROWS_TO_JUDGE and number is not None and math.isfinite(number):
            found.append({"slice": slice_name(slice_key), "value": _finite(number), "rows": rows})
    return sorted(found, key=lambda entry: entry["value"], reverse=lower_is_better(key.name))


def _finite(number: float) -> float | None:
    return round(number, 6) if math.isfinite(number) else None
