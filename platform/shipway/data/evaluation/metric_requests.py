"""From a configuration to the list of numbers that are asked for: which of them are computed here, which by TFMA."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shipway.data.evaluation.errors import EvalConfigInvalid
from shipway.data.evaluation.metric_keys import MetricKey, SubKey
from shipway.data.evaluation.metric_variants import metric_keys, metric_options, weighted_options
from shipway.data.evaluation.metrics import METRIC_KINDS
from shipway.data.evaluation.metrics.kind import MetricKind
from shipway.data.evaluation.protos import config_pb2
from shipway.data.evaluation.views import ViewKey

NO_EFFECT = {"dtype": "float32", "multi_label": False, "from_logits": False, "reduction": "auto"}
"""Options that Keras writes into every config, with the values that change nothing."""

OWN_MODULES = re.compile(r"$|tensorflow_model_analysis\.|fairness_indicators\.|(tf_)?keras\.(src\.)?metrics")


@dataclass(frozen=True)
class MetricRequest:
    """One metric of one model, output and binarization, that is computed here."""

    kind: MetricKind
    options: dict[str, Any]
    key: MetricKey
    view: ViewKey
    spec_number: int
    metric_number: int


@dataclass
class MetricPlan:
    """What to compute here, and the (spec, metric) numbers that TFMA computes."""

    requests: list[MetricRequest]
    foreign: set[tuple[int, int]] = field(default_factory=set)

    def hand_over(self, request: MetricRequest) -> None:
        """Leave a metric, in all its variants, to TFMA."""
        numbers = (request.spec_number, request.metric_number)
        self.foreign.add(numbers)
        self.requests = [own for own in self.requests if (own.spec_number, own.metric_number) != numbers]


LabelRanges = Mapping[str, tuple[float | None, float | None]]
"""The least and greatest value of labels by name, where a schema says them."""


def plan_metrics(config: Any, label_ranges: LabelRanges | None = None) -> MetricPlan:
    """Divide the metrics of a completed configuration; raises `MetricOptions` for a config that is not JSON."""
    plan = MetricPlan([])
    for spec_number, spec in enumerate(config.metrics_specs):
        for metric_number, metric in enumerate(spec.metrics):
            options = metric_options(metric)
            kind = _own_kind(spec, metric, options)
            requests = _requests(config, spec, kind, options) if kind is not None else None
            if kind is None or requests is None:
                plan.foreign.add((spec_number, metric_number))
                continue
            for key, view in requests:
                own = {**_range_options(config, kind, key, label_ranges or {}), **options}
                plan.requests.append(MetricRequest(kind, own, key, view, spec_number, metric_number))
    return plan


def foreign_config(config: Any, foreign: set[tuple[int, int]]) -> Any:
    """The configuration with only the metrics in `foreign` and without thresholds, which are checked here."""
    result = config_pb2.EvalConfig()
    result.CopyFrom(config)
    del result.metrics_specs[:]
    for spec_number, spec in enumerate(config.metrics_specs):
        metrics = [m for number, m in enumerate(spec.metrics) if (spec_number, number) in foreign]
        if not metrics:
            continue
        own = result.metrics_specs.add()
        own.CopyFrom(spec)
        for name in ("metrics", "thresholds", "per_slice_thresholds", "cross_slice_thresholds"):
            own.ClearField(name)
        own.metrics.extend(
            config_pb2.MetricConfig(class_name=m.class_name, module=m.module, config=m.config) for m in metrics
        )
    return result


def _own_kind(spec: Any, metric: Any, options: dict[str, Any]) -> MetricKind | None:
    kind = METRIC_KINDS.get(metric.class_name)
    if kind is None or not OWN_MODULES.match(metric.module) or spec.query_key or spec.output_weights:
        return None
    for name, value in options.items():
        if name != "name" and name not in kind.options and NO_EFFECT.get(name, ...) != value:
            return None
    return kind


def _requests(
    config: Any, spec: Any, kind: MetricKind, options: dict[str, Any]
) -> list[tuple[MetricKey, ViewKey]] | None:
    """Keys and views of a metric, or None where some variant is not computed here."""
    result = []
    name = str(options.get("name", kind.default_name))
    for key in metric_keys(config, spec, name, list(weighted_options(config, spec))):
        aggregation, sub_key = key.aggregation, _own_sub_key(kind, options, key.sub_key)
        if aggregation not in ("", "micro_average") or (aggregation and not kind.can_average and not kind.by_row):
            return None
        if sub_key is not None and not kind.can_binarize:
            return None
        key = key._replace(sub_key=sub_key, aggregation=aggregation if kind.is_aggregated else "", is_plot=kind.is_plot)
        view = ViewKey(key.model_name, key.output_name, weighted=bool(key.example_weighted))
        if not kind.by_row:
            weights = tuple(sorted(spec.aggregate.class_weights.items())) if aggregation else ()
            view = view._replace(sub_key=sub_key, is_micro=bool(aggregation), class_weights=weights)
        result.append((key, view))
    return result


def _range_options(config: Any, kind: MetricKind, key: MetricKey, label_ranges: LabelRanges) -> dict[str, Any]:
    """The range of the label's values, for a metric that has one."""
    if not {"left", "right"} <= kind.options:
        return {}
    spec = next(spec for spec in config.model_specs if spec.name == key.model_name)
    label = spec.label_key or spec.label_keys[key.output_name]
    bounds = zip(("left", "right"), label_ranges.get(label, (None, None)), strict=True)
    return {name: value for name, value in bounds if value is not None}


def _own_sub_key(kind: MetricKind, options: dict[str, Any], sub_key: SubKey | None) -> SubKey | None:
    """The sub key of the spec with the metric's own top_k and class_id."""
    own = {name: options[name] for name in ("top_k", "class_id") if name in options and name in kind.options}
    if not own:
        return sub_key
    for name in own:
        if sub_key is not None and getattr(sub_key, name) is not None:
            raise EvalConfigInvalid(
                f"sets {name} both in binarize and in the metric {kind.class_name!r}", "keep one of them"
            )
    return (sub_key or SubKey())._replace(**own)
