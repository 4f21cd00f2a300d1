"""The verdict: metrics against thresholds, as TFMA's ValidationResult (`metrics_validator.py`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from shipway.data.evaluation.compute import SliceMetrics
from shipway.data.evaluation.eval_config import baseline_name
from shipway.data.evaluation.metric_keys import AnySliceKey, CrossSliceKey, MetricKey, set_slice_key
from shipway.data.evaluation.metric_values import MetricValue, as_number
from shipway.data.evaluation.protos import config_pb2, validation_result_pb2
from shipway.data.evaluation.slicing import SliceSpec
from shipway.data.evaluation.thresholds import CrossSpec, Threshold, Thresholds, thresholds_of

NOT_FOUND = "Metric not found."
NOT_COMPARABLE = "The metric is not a number that a threshold can bound."
IS_ZERO = 1e-9


def validate(metrics: Mapping[AnySliceKey, SliceMetrics], config: Any, *, rubber_stamp: bool) -> Any:
    """The ValidationResult of `metrics` under the thresholds of a completed `config`.

    A threshold without slices binds every single slice. A slice whose metric is missing fails, and so does a threshold
    for slices that no row is in. Without thresholds the result is ok only where `rubber_stamp` says that there was
    nothing to compare with.
    """
    baseline = baseline_name(config)
    every = thresholds_of(config)
    thresholds = {key: own for key, own in every.items() if key.model_name != baseline}
    result = validation_result_pb2.ValidationResult(validation_ok=bool(metrics), rubber_stamp=rubber_stamp)
    checked: dict[SliceSpec | CrossSpec, int] = {}
    messages: dict[SliceSpec | CrossSpec, Any] = {}
    for slice_key, own in metrics.items():
        failures, scopes = _check_slice(slice_key, own, thresholds, baseline)
        for scope, message in scopes.items():
            checked[scope] = checked.get(scope, 0) + 1
            messages.setdefault(scope, message)
        if failures:
            result.validation_ok = False
            failed = result.metric_validations_per_slice.add(failures=failures)
            set_slice_key(failed, slice_key)
    for scope, count in checked.items():
        _add_details(result, scope, messages[scope], count)
    if not every:
        result.validation_ok = rubber_stamp
        result.missing_thresholds = not rubber_stamp
    _add_missing(result, thresholds, checked)
    return result


def is_met(threshold: Threshold, value: float, baseline: float | None) -> bool:
    """Whether `value` (for a change threshold: the change) keeps within the bound; NaN never does.

    A relative change is measured against the `baseline` value, and undefined where that is 0.
    """
    bound = threshold.message
    if not threshold.is_change:
        lower = bound.lower_bound.value if bound.HasField("lower_bound") else -math.inf
        upper = bound.upper_bound.value if bound.HasField("upper_bound") else math.inf
        return lower <= value <= upper
    sign = -1 if bound.direction == config_pb2.MetricDirection.LOWER_IS_BETTER else 1
    if bound.HasField("absolute") and not sign * value >= sign * bound.absolute.value:
        return False
    if bound.HasField("relative"):
        undefined = baseline is None or math.isclose(baseline, 0.0, rel_tol=IS_ZERO)
        ratio = math.nan if undefined or baseline is None else value / baseline
        return sign * ratio >= sign * bound.relative.value
    return True


def _check_slice(
    slice_key: AnySliceKey, metrics: SliceMetrics, thresholds: Thresholds, baseline: str | None
) -> tuple[list[Any], dict[SliceSpec | CrossSpec, Any]]:
    """Failures of one slice, and the scopes of the thresholds that were checked on it."""
    failures: list[Any] = []
    scopes: dict[SliceSpec | CrossSpec, Any] = {}
    for key, own in thresholds.items():
        if key not in metrics:
            failures += _not_found(slice_key, key, own)
            continue
        number = as_number(metrics[key])
        reference = as_number(metrics[key.of_model(baseline)]) if baseline and key.is_diff else None
        failed: list[Any] = []
        for threshold in own:
            if not threshold.covers(slice_key):
                continue
            scopes.setdefault(threshold.scope or SliceSpec(), threshold.slicing_message)
            if number is not None and is_met(threshold, number, reference):
                continue
            if not any(threshold.message == other for other in failed):
                failed.append(threshold.message)
                failures.append(_failure(key, threshold, metrics[key], number))
    return failures, scopes


def _not_found(slice_key: AnySliceKey, key: MetricKey, thresholds: list[Threshold]) -> list[Any]:
    """TFMA holds a missing metric against every slice of the threshold's kind, whatever slices it names."""
    failures: list[Any] = []
    is_cross = isinstance(slice_key, CrossSliceKey)
    failed: list[Any] = []
    for threshold in thresholds:
        if isinstance(threshold.scope, CrossSpec) != is_cross or (is_cross and not threshold.covers(slice_key)):
            continue
        if not any(threshold.message == other for other in failed):
            failed.append(threshold.message)
            failure = _failure(key, threshold, None, None)
            failure.message = NOT_FOUND
            failures.append(failure)
    return failures


def _failure(key: MetricKey, threshold: Threshold, value: MetricValue, number: float | None) -> Any:
    failure = validation_result_pb2.ValidationFailure(metric_key=key.to_proto())
    if threshold.is_change:
        failure.metric_threshold.change_threshold.CopyFrom(threshold.message)
    else:
        failure.metric_threshold.value_threshold.CopyFrom(threshold.message)
    if number is not None:
        failure.metric_value.double_value.value = number
    elif value is not None:
        failure.message = NOT_COMPARABLE
    return failure


def _add_details(result: Any, scope: SliceSpec | CrossSpec, message: Any, count: int) -> None:
    details = result.validation_details.slicing_details.add(num_matching_slices=count)
    if isinstance(scope, CrossSpec):
        details.cross_slicing_spec.CopyFrom(message)
    else:
        details.slicing_spec.CopyFrom(message if message is not None else config_pb2.SlicingSpec())


def _add_missing(result: Any, thresholds: Thresholds, checked: Mapping[SliceSpec | CrossSpec, int]) -> None:
    missing: dict[SliceSpec | CrossSpec, Any] = {}
    for threshold in (threshold for own in thresholds.values() for threshold in own):
        scope = threshold.scope or SliceSpec()
        if scope not in checked:
            missing.setdefault(scope, threshold.slicing_message)
    for scope, message in missing.items():
        result.validation_ok = False
        if isinstance(scope, CrossSpec):
            result.missing_cross_slices.append(message)
        else:
            result.missing_slices.append(message if message is not None else config_pb2.SlicingSpec())
