"""Reading eval_config: the JSON form of TFMA's EvalConfig, checked, and completed as TFX's Evaluator completes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format

from shipway.data.evaluation.errors import EvalConfigField, EvalConfigInvalid
from shipway.data.evaluation.protos import config_pb2

CANDIDATE = "candidate"
BASELINE = "baseline"


def parse_eval_config(config: Mapping[str, Any]) -> Any:
    """The EvalConfig message of its JSON form; a wrapped number may be written as 0.5 or as {"value": 0.5}.

    Raises `EvalConfigField` for a field or value that the message does not have, `EvalConfigInvalid` for what
    contradicts itself.
    """
    try:
        message = json_format.ParseDict(_unwrap(config), config_pb2.EvalConfig())
    except json_format.ParseError as error:
        raise EvalConfigField(_first_sentence(str(error))) from error
    _check_models(message)
    _check_metrics(message)
    _check_slices(message)
    return message


def complete_eval_config(config: Any, *, has_baseline: bool) -> Any:
    """A copy with the model specs and change thresholds that this run can have, as `update_eval_config_with_defaults`.

    With a baseline there are two model specs, named; the baseline's is a copy of the candidate's unless it is given.
    Without one there is a single spec without a name, and change thresholds are dropped.
    """
    result = config_pb2.EvalConfig()
    result.CopyFrom(config)
    if has_baseline:
        _add_baseline(result)
    else:
        candidates = [spec for spec in result.model_specs if not spec.is_baseline]
        del result.model_specs[:]
        result.model_specs.extend(candidates)
        for threshold in all_thresholds(result):
            threshold.ClearField("change_threshold")
    if len(result.model_specs) == 1:
        result.model_specs[0].name = ""
    names = [spec.name for spec in result.model_specs]
    for spec in result.metrics_specs:
        if not spec.model_names or len(names) == 1:
            spec.model_names[:] = names
    return result


def all_thresholds(config: Any) -> Iterator[Any]:
    """Every MetricThreshold of a configuration."""
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            if metric.HasField("threshold"):
                yield metric.threshold
            for sliced in (*metric.per_slice_thresholds, *metric.cross_slice_thresholds):
                yield sliced.threshold
        yield from spec.thresholds.values()
        for named in (*spec.per_slice_thresholds.values(), *spec.cross_slice_thresholds.values()):
            for sliced in named.thresholds:
                yield sliced.threshold


def has_thresholds(config: Any) -> bool:
    """Whether anything is asked of the metrics, of their values or of their change."""
    return any(t.HasField("value_threshold") or t.HasField("change_threshold") for t in all_thresholds(config))


def count_change_thresholds(config: Any) -> int:
    """How many thresholds compare with a baseline."""
    return sum(threshold.HasField("change_threshold") for threshold in all_thresholds(config))


def baseline_name(config: Any) -> str | None:
    """The name of the baseline's model spec, if there is one."""
    return next((spec.name for spec in config.model_specs if spec.is_baseline), None)


def candidate_spec(config: Any) -> Any:
    """The model spec of the model that is evaluated."""
    return next(spec for spec in config.model_specs if not spec.is_baseline)


def _add_baseline(config: Any) -> None:
    if any(spec.is_baseline for spec in config.model_specs):
        return
    candidate = config.model_specs[0]
    baseline = config.model_specs.add()
    baseline.CopyFrom(candidate)
    baseline.name, baseline.is_baseline = BASELINE, True
    candidate.name = candidate.name or CANDIDATE
    for spec in config.metrics_specs:
        if spec.model_names:
            spec.model_names.append(BASELINE)


def _check_models(config: Any) -> None:
    specs = list(config.model_specs)
    candidates = [spec for spec in specs if not spec.is_baseline]
    if not candidates:
        raise EvalConfigInvalid("has no model spec for the model", 'add {"label_key": ...} to model_specs')
    if len(specs) > 2 or len(candidates) > 1:
        names = ", ".join(repr(spec.name) for spec in specs)
        raise EvalConfigInvalid(
            f"has the model specs {names}", "name one for the model and at most one with is_baseline for the baseline"
        )
    if len(specs) == 2 and (not all(spec.name for spec in specs) or specs[0].name == specs[1].name):
        raise EvalConfigInvalid("has two model specs that names do not tell apart", "give each a name of its own")
    for spec in specs:
        if not spec.label_key and not spec.label_keys:
            raise EvalConfigInvalid(f"has no label_key in the model spec {spec.name!r}", "name the label's feature")
        for single, several in (("label_key", "label_keys"), ("prediction_key", "prediction_keys")):
            if getattr(spec, single) and getattr(spec, several):
                raise EvalConfigInvalid(f"has both {single} and {several} in one model spec", "keep one of them")


def _check_metrics(config: Any) -> None:
    if not any(spec.metrics for spec in config.metrics_specs):
        remedy = 'add for example {"metrics": [{"class_name": "AUC"}]} to metrics_specs'
        raise EvalConfigInvalid("names no metric", remedy)
    for spec in config.metrics_specs:
        sliced = [(m.class_name, t) for m in spec.metrics for t in m.per_slice_thresholds]
        sliced += [(name, t) for name, group in spec.per_slice_thresholds.items() for t in group.thresholds]
        for name, threshold in sliced:
            if not threshold.slicing_specs:
                raise EvalConfigInvalid(
                    f"has a per_slice_threshold of {name!r} without slicing_specs",
                    "say which slices it is for; [{}] is all rows together",
                )
    for threshold in all_thresholds(config):
        change = threshold.change_threshold
        if threshold.HasField("change_threshold") and not change.direction:
            raise EvalConfigInvalid(
                "has a change_threshold without direction", "set it to HIGHER_IS_BETTER or LOWER_IS_BETTER"
            )


def _check_slices(config: Any) -> None:
    for spec in config.slicing_specs:
        if spec.slice_keys_sql:
            raise EvalConfigInvalid("slices by slice_keys_sql", "slice by feature_keys and feature_values instead")
        both = sorted(set(spec.feature_keys) & set(spec.feature_values))
        if both:
            raise EvalConfigInvalid(
                f"slices by {both[0]!r} both as a key and as a value", "list it in feature_keys or in feature_values"
            )


def _unwrap(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"value"} and name not in ("feature_values", "featureValues"):
            return value["value"]
        return {key: _unwrap(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unwrap(item, name) for item in value]
    return value


def _first_sentence(text: str) -> str:
    line = re.sub(r'Message type "tensorflow_model_analysis\.(\w+)"', r"\1", text.splitlines()[0])
    return line.rstrip(".") + "."
