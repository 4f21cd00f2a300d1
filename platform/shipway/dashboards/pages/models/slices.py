"""The slices of an evaluation as a table: where the model is worst comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shipway.dashboards.evaluations import EvaluationFound, SliceMetrics
from shipway.dashboards.pages.models.asked import BEST, NAME, ROWS, WORST, Asked

ON_A_PAGE = 25
COLUMNS = 8
OFFERED = 60


@dataclass(frozen=True)
class Row:
    """A slice: a value for each column, and how far that of the table's metric lies from the overall one."""

    slice: SliceMetrics
    values: Sequence[float | None]
    difference: float | None


@dataclass(frozen=True)
class SliceTable:
    """A page of slices by `metric`. `found` of `count` have the words; `metrics` are those to sort by.

    `lower_is_better` is None for a metric that has no better and worse: then slices furthest from all rows are first.
    """

    metric: str
    lower_is_better: bool | None
    columns: Sequence[str]
    overall: Sequence[float | None]
    rows: Sequence[Row]
    metrics: Sequence[str]
    count: int
    found: int
    small: int
    newer: str
    older: str


def slice_table(evaluation: EvaluationFound, asked: Asked) -> SliceTable:
    """The page of slices that is asked for."""
    metrics = evaluation.metric_names
    metric = asked.sort if asked.sort in metrics else evaluation.main_metric
    words = asked.find.casefold().split()
    found = [one for one in evaluation.slices if all(word in one.name.casefold() for word in words)]
    direction = evaluation.lower_is_better(metric)
    ordered = sorted(found, key=_key(asked.order, metric, direction, evaluation.metrics.get(metric)))
    first = (asked.page - 1) * ON_A_PAGE
    columns = _columns(metric, metrics)
    return SliceTable(
        metric=metric,
        lower_is_better=direction,
        columns=columns,
        overall=[evaluation.metrics.get(name) for name in columns],
        rows=[_row(one, columns, evaluation.metrics.get(metric)) for one in ordered[first : first + ON_A_PAGE]],
        metrics=metrics[:OFFERED],
        count=len(evaluation.slices),
        found=len(found),
        small=sum(one.is_small for one in found),
        newer=asked.address("slices", page=asked.page - 1) if asked.page > 1 else "",
        older=asked.address("slices", page=asked.page + 1) if first + ON_A_PAGE < len(found) else "",
    )


def _columns(metric: str, metrics: Sequence[str]) -> list[str]:
    """The metric and the others, as many as there is room for; rows have a column of their own."""
    return [name for name in dict.fromkeys([metric, *metrics]) if name and not name.endswith("example_count")][:COLUMNS]


def _row(one: SliceMetrics, columns: Sequence[str], overall: float | None) -> Row:
    values = [one.values.get(name) for name in columns]
    own = values[0] if values else None
    return Row(one, values, own - overall if own is not None and overall is not None else None)


def _key(
    order: str, metric: str, lower_is_better: bool | None, overall: float | None
) -> Callable[[SliceMetrics], tuple[bool, bool, float, str]]:
    """What slices are sorted by: in the order of a metric those with few rows come after the others.

    Those without a value come last.
    """

    def place(one: SliceMetrics) -> float | None:
        if order == NAME:
            return 0.0
        if order == ROWS:
            return -one.examples if one.examples is not None else None
        value = one.values.get(metric)
        if value is None:
            return None
        worst = -value if lower_is_better else value
        if lower_is_better is None:
            worst = -abs(value - (overall or 0.0))
        return -worst if order == BEST else worst

    def key(one: SliceMetrics) -> tuple[bool, bool, float, str]:
        found = place(one)
        return found is None, one.is_small and order in (WORST, BEST), found or 0.0, one.name

    return key
