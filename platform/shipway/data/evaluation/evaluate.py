"""A whole evaluation: rows to columns, columns to metrics, metrics to a verdict."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from shipway.data.evaluation.columns import (
    Columns,
    Enrich,
    Predict,
    as_read,
    collect_columns,
    label_columns,
    labelled_rows,
)
from shipway.data.evaluation.comparisons import add_changes, add_cross_slices
from shipway.data.evaluation.compute import SliceMetrics, compute_metrics, make_views, partition_rows
from shipway.data.evaluation.eval_config import baseline_name
from shipway.data.evaluation.metric_keys import OVERALL, AnySliceKey, CrossSliceKey, SliceKey
from shipway.data.evaluation.metric_requests import LabelRanges, MetricPlan, foreign_config, plan_metrics
from shipway.data.evaluation.validation import validate

ReadBatches = Callable[[], Iterable[pa.RecordBatch]]


@dataclass(frozen=True)
class Evaluation:
    """What came out: metrics by slice, the rows of each slice, and TFMA's ValidationResult.

    `suppressed` slices have fewer rows than the configuration wants to show, and no metrics. `skipped` rows had no
    label. `attributions` are serialized messages.
    """

    config: Any
    metrics: dict[AnySliceKey, SliceMetrics]
    slice_rows: dict[SliceKey, int]
    suppressed: dict[AnySliceKey, int]
    validation: Any
    rows: int
    skipped: int
    attributions: Sequence[bytes] = ()


def plan_evaluation(config: Any, label_ranges: LabelRanges | None = None) -> MetricPlan:
    """What is computed here and what by TFMA, which has to know the metrics that are left to it.

    Confidence intervals are TFMA's. Raises `UnknownMetric` and `MetricOptions`.
    """
    plan = plan_metrics(config, label_ranges)
    if config.options.compute_confidence_intervals.value:
        for request in list(plan.requests):
            plan.hand_over(request)
    if plan.foreign:
        from shipway.data.evaluation.tfma_fallback import check_metrics

        check_metrics(foreign_config(config, plan.foreign))
    return plan


def evaluate(
    config: Any,
    plan: MetricPlan,
    read_batches: ReadBatches,
    models: Mapping[str, Predict],
    *,
    enrich: Enrich = as_read,
    splits: Iterable[str] = (),
    rubber_stamp: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Evaluation:
    """Evaluate `models`, by the names of the completed `config`'s model specs, on the rows of `read_batches()`.

    `plan` is the one of `plan_evaluation`, `enrich` adds the columns that are made of the rows, and `rubber_stamp`
    says that change thresholds were dropped because there is no baseline. Raises what
    `shipway.data.evaluation.errors` lists.
    """
    columns = collect_columns(config, read_batches(), models, enrich=enrich, splits=splits, progress=progress)
    views = make_views(config, columns, plan)
    partitions = partition_rows(config, columns)
    computed = compute_metrics(partitions, views, plan.requests)
    metrics = computed.metrics
    add_cross_slices(metrics, config)
    add_changes(metrics, baseline_name(config))
    attributions: list[bytes] = []
    if plan.foreign:
        attributions = _add_foreign(metrics, config, plan, columns, partitions, map(enrich, read_batches()))
    suppressed = _suppress(metrics, computed.rows, config.options.min_slice_size.value)
    return Evaluation(
        config=config,
        metrics=metrics,
        slice_rows=computed.rows,
        suppressed=suppressed,
        validation=validate(metrics, config, rubber_stamp=rubber_stamp),
        rows=columns.rows,
        skipped=columns.skipped,
        attributions=attributions,
    )


def _add_foreign(
    metrics: dict[AnySliceKey, SliceMetrics],
    config: Any,
    plan: MetricPlan,
    columns: Columns,
    partitions: list[Any],
    batches: Iterable[pa.RecordBatch],
) -> list[bytes]:
    """Add the metrics that TFMA computes, with their comparisons, and return its attributions."""
    from shipway.data.evaluation.tfma_fallback import compute_with_tfma

    own = foreign_config(config, plan.foreign)
    own.options.ClearField("min_slice_size")
    labels = label_columns(config)
    rows = (labelled_rows(batch, labels) for batch in batches)
    with tempfile.TemporaryDirectory(prefix="shipway-tfma-") as folder:
        foreign, attributions = compute_with_tfma(own, columns, partitions, rows, Path(folder))
    for key, values in foreign.items():
        metrics.setdefault(key, {}).update(values)
    return attributions


def _suppress(
    metrics: dict[AnySliceKey, SliceMetrics], rows: Mapping[SliceKey, int], minimum: int
) -> dict[AnySliceKey, int]:
    """Take the metrics of slices with fewer than `minimum` rows away; all rows together always stay."""
    few = {key for key, count in rows.items() if key != OVERALL and count < minimum}
    for key in list(metrics):
        if isinstance(key, CrossSliceKey):
            if not few.isdisjoint(key):
                del metrics[key]
        elif key in few:
            metrics[key] = {}
    return dict.fromkeys(few, minimum)
