"""Metrics that are made of metrics: of one slice against another, and of the model against its baseline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shipway.data.evaluation.compute import SliceMetrics
from shipway.data.evaluation.metric_keys import AnySliceKey, CrossSliceKey, SliceKey
from shipway.data.evaluation.metric_values import difference
from shipway.data.evaluation.slicing import SliceSpec


def add_cross_slices(metrics: dict[AnySliceKey, SliceMetrics], config: Any) -> None:
    """Add every comparison of cross_slicing_specs: each metric of the baseline slice minus that of the other."""
    single = [key for key in metrics if not isinstance(key, CrossSliceKey)]
    for cross in config.cross_slicing_specs:
        baseline_spec = SliceSpec.of(cross.baseline_spec)
        others = [SliceSpec.of(spec) for spec in cross.slicing_specs]
        for baseline in single:
            if not baseline_spec.covers(baseline):
                continue
            for comparison in _comparisons(single, baseline_spec, others):
                metrics[CrossSliceKey(baseline, comparison)] = _between(metrics[baseline], metrics[comparison])


def add_changes(metrics: dict[AnySliceKey, SliceMetrics], baseline_model: str | None) -> None:
    """Add to every slice the change of each metric of the model against the same metric of its baseline."""
    if baseline_model is None:
        return
    for own in metrics.values():
        changes = {}
        for key, value in own.items():
            reference = key.of_model(baseline_model)
            if key.is_diff or key.is_plot or key.model_name == baseline_model or reference not in own:
                continue
            change = difference(value, own[reference])
            if change is not None:
                changes[key.diff()] = change
        own.update(changes)


def _comparisons(slices: list[SliceKey], baseline: SliceSpec, others: list[SliceSpec]) -> Iterator[SliceKey]:
    for key in slices:
        if any(spec.covers(key) for spec in others) if others else not baseline.covers(key):
            yield key


def _between(baseline: SliceMetrics, comparison: SliceMetrics) -> SliceMetrics:
    result = {}
    for key, value in comparison.items():
        if key in baseline and not key.is_plot:
            change = difference(baseline[key], value)
            if change is not None:
                result[key] = change
    return result
