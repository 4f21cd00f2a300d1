"""The thresholds of a configuration by the metric they bound, as TFMA's validator finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from shipway.data.evaluation.metric_keys import AnySliceKey, CrossSliceKey, MetricKey
from shipway.data.evaluation.metric_variants import metric_keys, metric_name, weighted_options
from shipway.data.evaluation.slicing import SliceSpec


class CrossSpec(NamedTuple):
    """A comparison that a threshold is for."""

    baseline: SliceSpec
    others: tuple[SliceSpec, ...]

    def covers(self, key: CrossSliceKey) -> bool:
        """Whether `key` is one of its comparisons."""
        return self.baseline.covers(key.baseline) and any(spec.covers(key.comparison) for spec in self.others)


@dataclass(frozen=True)
class Threshold:
    """A bound of one metric: `message` is TFMA's value or change threshold, `scope` None for every single slice.

    `slicing_message` is the spec as the configuration has it.
    """

    message: Any
    is_change: bool
    scope: SliceSpec | CrossSpec | None = None
    slicing_message: Any = None

    def covers(self, key: AnySliceKey) -> bool:
        """Whether the slice is bound by this threshold."""
        if isinstance(key, CrossSliceKey):
            return isinstance(self.scope, CrossSpec) and self.scope.covers(key)
        return self.scope is None or (isinstance(self.scope, SliceSpec) and self.scope.covers(key))


Thresholds = dict[MetricKey, list[Threshold]]


def thresholds_of(config: Any) -> Thresholds:
    """Every threshold of a completed configuration, each once.

    Those that a metrics spec lists by name also bind metrics that are computed here, among them the members of a
    family (`fairness_indicators_metrics/false_positive_rate@0.5`); TFMA keeps such names for in-graph metrics.
    """
    result: Thresholds = {}
    for key, threshold, scope in _all(config):
        for is_change, name in ((False, "value_threshold"), (True, "change_threshold")):
            if not threshold.HasField(name):
                continue
            made = Threshold(getattr(threshold, name), is_change, *scope)
            own = result.setdefault(key.diff() if is_change else key, [])
            if not any(other.scope == made.scope and other.message == made.message for other in own):
                own.append(made)
    return result


Scope = tuple[Any, Any]
EVERY_SLICE: Scope = (None, None)


def _all(config: Any) -> Iterator[tuple[MetricKey, Any, Scope]]:
    for spec in config.metrics_specs:
        named = [(name, threshold, EVERY_SLICE) for name, threshold in spec.thresholds.items()]
        for name, group in spec.per_slice_thresholds.items():
            named += [(name, *pair) for pair in _sliced(group.thresholds)]
        for name, group in spec.cross_slice_thresholds.items():
            named += [(name, *pair) for pair in _crossed(group.thresholds)]
        for metric in spec.metrics:
            name = metric_name(metric)
            if metric.HasField("threshold"):
                named.append((name, metric.threshold, EVERY_SLICE))
            named += [(name, *pair) for pair in _sliced(metric.per_slice_thresholds)]
            named += [(name, *pair) for pair in _crossed(metric.cross_slice_thresholds)]
        for name, threshold, scope in named:
            for key in metric_keys(config, spec, name, list(weighted_options(config, spec))):
                yield key, threshold, scope


def _sliced(thresholds: Any) -> Iterator[tuple[Any, Scope]]:
    for threshold in thresholds:
        for message in threshold.slicing_specs:
            yield threshold.threshold, (SliceSpec.of(message), message)


def _crossed(thresholds: Any) -> Iterator[tuple[Any, Scope]]:
    for threshold in thresholds:
        for message in threshold.cross_slicing_specs:
            others = tuple(SliceSpec.of(spec) for spec in message.slicing_specs)
            yield threshold.threshold, (CrossSpec(SliceSpec.of(message.baseline_spec), others), message)
