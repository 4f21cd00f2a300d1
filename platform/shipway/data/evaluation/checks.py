"""Every threshold held against every slice that it binds: what `validate` sums up to a verdict, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.data.evaluation.compute import SliceMetrics
from shipway.data.evaluation.eval_config import baseline_name
from shipway.data.evaluation.metric_keys import AnySliceKey, CrossSliceKey, MetricKey
from shipway.data.evaluation.metric_values import as_number
from shipway.data.evaluation.protos import config_pb2
from shipway.data.evaluation.thresholds import CrossSpec, Threshold, thresholds_of
from shipway.data.evaluation.validation import is_met


@dataclass(frozen=True)
class Check:
    """A threshold on one slice. `slice_key` is None where no row is in any slice that it is for.

    `value` is the metric, or its change against the baseline where `metric.is_diff`; None where there is no number.
    """

    metric: MetricKey
    threshold: Threshold
    slice_key: AnySliceKey | None
    value: float | None
    is_met: bool


def checks_of(metrics: Mapping[AnySliceKey, SliceMetrics], config: Any) -> Iterator[Check]:
    """The checks of a completed `config`, metric by metric; as in `validate`, a slice without the metric fails."""
    baseline = baseline_name(config)
    for key, own in thresholds_of(config).items():
        for threshold in own if key.model_name != baseline else ():
            checked = [
                _check(key, threshold, slice_key, values, baseline)
                for slice_key, values in metrics.items()
                if _binds(threshold, slice_key, key in values)
            ]
            yield from checked or [Check(key, threshold, None, None, False)]


def bound_in_words(threshold: Threshold) -> str:
    """What a threshold asks for: `at least 0.72`, `a change of at most +0.01`."""
    bound = threshold.message
    if threshold.is_change:
        word = "at most" if bound.direction == config_pb2.MetricDirection.LOWER_IS_BETTER else "at least"
        asked = [f"{word} {bound.absolute.value:+g}"] if bound.HasField("absolute") else []
        if bound.HasField("relative"):
            asked.append(f"{word} {bound.relative.value:+.2%} of the baseline's value")
        return f"a change of {' and '.join(asked)}" if asked else "any change"
    has_lower, has_upper = bound.HasField("lower_bound"), bound.HasField("upper_bound")
    if has_lower and has_upper:
        return f"from {bound.lower_bound.value:g} to {bound.upper_bound.value:g}"
    if has_lower:
        return f"at least {bound.lower_bound.value:g}"
    return f"at most {bound.upper_bound.value:g}" if has_upper else "any number"


def scope_in_words(threshold: Threshold) -> str:
    """The slices that a threshold is for: `origin`, `every slice`."""
    scope = threshold.scope
    if isinstance(scope, CrossSpec):
        return f"{scope.baseline.words} against {' or '.join(one.words for one in scope.others)}"
    return scope.words if scope is not None else "every slice"


def _binds(threshold: Threshold, slice_key: AnySliceKey, has_metric: bool) -> bool:
    """A metric that is missing is held against every slice of the threshold's kind, whatever slices it names."""
    if has_metric or isinstance(slice_key, CrossSliceKey):
        return threshold.covers(slice_key)
    return not isinstance(threshold.scope, CrossSpec)


def _check(
    key: MetricKey, threshold: Threshold, slice_key: AnySliceKey, values: SliceMetrics, baseline: str | None
) -> Check:
    number = as_number(values.get(key))
    reference = as_number(values.get(key.of_model(baseline))) if baseline and key.is_diff else None
    return Check(
        key, threshold, slice_key, number, number is not None and is_met(threshold, number, reference)
    )  # fmt: skip
