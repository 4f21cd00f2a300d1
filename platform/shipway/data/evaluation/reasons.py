"""A ValidationResult in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shipway.data.evaluation.metric_keys import (
    AnySliceKey,
    CrossSliceKey,
    MetricKey,
    SliceKey,
    get_slice_key,
    slice_name,
)
from shipway.data.evaluation.slicing import SliceSpec
from shipway.data.evaluation.validation import NOT_FOUND

REASON_LIMIT = 50
NO_THRESHOLD = "no threshold is set: add one to a metric of eval_config, a model is blessed for what it reaches"


def reasons_of(validation: Any, suppressed: Mapping[AnySliceKey, int]) -> list[str]:
    """Why the result is not ok, one sentence for every bound that does not hold; the first 50 of many."""
    every = list(_reasons(validation, suppressed))
    rest = len(every) - REASON_LIMIT
    return every[:REASON_LIMIT] + ([f"{rest} more thresholds do not hold"] if rest > 0 else [])


def _reasons(validation: Any, suppressed: Mapping[AnySliceKey, int]) -> Iterator[str]:
    if validation.missing_thresholds:
        yield NO_THRESHOLD
    for failed in validation.metric_validations_per_slice:
        slice_key = get_slice_key(failed)
        where = f"on {slice_name(slice_key)}" if isinstance(slice_key, CrossSliceKey) else _place(slice_key)
        for failure in failed.failures:
            yield _failure(failure, where, suppressed.get(slice_key))
    for spec in validation.missing_slices:
        yield f"no row is in the slice {_spec_name(spec)}, which a threshold is for"
    for spec in validation.missing_cross_slices:
        others = " or ".join(_spec_name(other) for other in spec.slicing_specs)
        yield f"no row compares {_spec_name(spec.baseline_spec)} with {others}, which a threshold is for"


def _place(slice_key: SliceKey) -> str:
    return f"on slice {slice_name(slice_key)}" if slice_key else "overall"


def _failure(failure: Any, where: str, minimum: int | None) -> str:
    name = MetricKey.from_proto(failure.metric_key).label()
    if failure.message == NOT_FOUND:
        why = f", which has fewer than {minimum} rows" if minimum else ""
        return f"{name} is missing {where}{why}"
    if not failure.metric_value.HasField("double_value"):
        return f"{name} {where} is not a number that a threshold can bound"
    value = failure.metric_value.double_value.value
    if failure.metric_threshold.HasField("change_threshold"):
        return f"{name} {where} {_change(value, failure.metric_threshold.change_threshold)}"
    return f"{name} {value:.4g} {where} {_bounds(value, failure.metric_threshold.value_threshold)}"


def _bounds(value: float, bound: Any) -> str:
    if value != value:
        return "is not a number, and a threshold bounds it"
    if bound.HasField("lower_bound") and value < bound.lower_bound.value:
        return f"is below {bound.lower_bound.value:g}"
    return f"is above {bound.upper_bound.value:g}"


def _change(value: float, bound: Any) -> str:
    word = "more" if bound.direction == 1 else "less"
    wanted = []
    if bound.HasField("absolute"):
        wanted.append(f"{bound.absolute.value:+g}")
    if bound.HasField("relative"):
        wanted.append(f"{bound.relative.value:+.2%} of it")
    return f"changed by {value:+.4g} against the baseline, {word} than {' or '.join(wanted)}"


def _spec_name(message: Any) -> str:
    spec = SliceSpec.of(message)
    return spec.words if spec != SliceSpec() else "of all rows"
