"""Computing every requested metric of every slice: views once, sums once per view and slicing spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shipway.data.evaluation.columns import Columns
from shipway.data.evaluation.metric_keys import AnySliceKey, MetricKey, SliceKey
from shipway.data.evaluation.metric_requests import MetricPlan, MetricRequest
from shipway.data.evaluation.metric_values import MetricValue
from shipway.data.evaluation.slice_sums import SliceSums
from shipway.data.evaluation.slicing import Slices, slices_of, slicing_specs
from shipway.data.evaluation.views import View, ViewKey, make_view

SLICES_AT_ONCE = 64

SliceMetrics = dict[MetricKey, MetricValue]


@dataclass
class SlicedMetrics:
    """Metrics by slice, and how many rows each slice has."""

    metrics: dict[AnySliceKey, SliceMetrics] = field(default_factory=dict)
    rows: dict[SliceKey, int] = field(default_factory=dict)


def partition_rows(config: Any, columns: Columns) -> list[Slices]:
    """The slices of every slicing spec; a slice that two specs make is in the first of them only."""
    result: list[Slices] = []
    seen: set[SliceKey] = set()
    for spec in slicing_specs(config):
        slices = slices_of(spec, columns.features, columns.rows)
        fresh = np.array([key not in seen for key in slices.keys], bool)
        seen.update(slices.keys)
        result.append(slices if fresh.all() else slices.only(fresh))
    return result


def make_views(config: Any, columns: Columns, plan: MetricPlan) -> dict[ViewKey, View]:
    """The views that the plan's requests need; a request whose view its metric does not accept goes to TFMA."""
    views: dict[ViewKey, View] = {}
    for request in list(plan.requests):
        if request.view not in views:
            views[request.view] = make_view(request.view, config, columns)
        if not request.kind.accepts(views[request.view]):
            plan.hand_over(request)
    return views


def compute_metrics(
    partitions: Iterable[Slices], views: dict[ViewKey, View], requests: Iterable[MetricRequest]
) -> SlicedMetrics:
    """Values of all requests for all slices; what the formulas divide by zero is NaN, as TFMA has it."""
    by_view: dict[ViewKey, list[MetricRequest]] = {}
    for request in requests:
        by_view.setdefault(request.view, []).append(request)
    result = SlicedMetrics()
    for partition in partitions:
        for slices in partition.chunks(SLICES_AT_ONCE):
            counts = np.bincount(slices.codes, minlength=len(slices.keys))
            for key, count in zip(slices.keys, counts.tolist(), strict=True):
                result.rows[key] = count
                result.metrics[key] = {}
            for view_key, wanted in by_view.items():
                sums = SliceSums(views[view_key], slices)
                for request in wanted:
                    for metric_key, values in _named(request, request.kind.compute(sums, request.options)):
                        for slice_key, value in zip(slices.keys, _per_slice(values), strict=True):
                            result.metrics[slice_key][metric_key] = value
    return result


def _named(request: MetricRequest, values: Any) -> Iterator[tuple[MetricKey, Any]]:
    if not isinstance(values, dict):
        yield request.key, values
        return
    for name, own in values.items():
        yield request.key._replace(name=f"{request.key.name}/{name}"), own


def _per_slice(values: Any) -> Iterable[MetricValue]:
    return values.tolist() if isinstance(values, np.ndarray) and values.ndim == 1 else values
