"""What a ModelEvaluation's metadata sums up: overall metrics, and the slices where the main ones are worst."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from shipway.dashboards.evaluations.found import EvaluationFound, SliceMetrics
from shipway.dashboards.runs.outcomes import number
from shipway.dashboards.runs.texts import decoded, mapping, plain
from shipway.lineage import RecordedArtifact


def summary_of(artifact: RecordedArtifact) -> EvaluationFound:
    """The evaluation as the metadata has it; what has another shape there is left out."""
    said = mapping(decoded(artifact.metadata.get("summary")))
    worst = mapping(said.get("worst_slices"))
    slices = list(_slices(worst))
    metrics = _numbers(said.get("metrics"))
    return EvaluationFound(
        metrics=metrics,
        slices=slices,
        baseline=_numbers(said.get("baseline_metrics")),
        slice_count=_whole(said.get("slices")) or len(slices),
        rows=_whole(said.get("rows", artifact.metadata.get("rows"))),
        unlabelled=_whole(said.get("rows_without_label")),
        label=plain(said.get("label") or ""),
        first_metric=next((plain(one) for one in worst), ""),
    )


def _slices(worst: Mapping[str, Any]) -> Iterator[SliceMetrics]:
    values: dict[str, dict[str, float]] = {}
    rows: dict[str, int | None] = {}
    for metric, slices in worst.items():
        for one in map(mapping, slices if isinstance(slices, list) else ()):
            name, value = plain(one.get("slice", "")), _finite(one.get("value"))
            if value is not None:
                values.setdefault(name, {})[plain(metric)] = value
                rows[name] = _whole(one.get("rows"))
    for name, own in values.items():
        yield SliceMetrics(name, own, rows[name])


def _numbers(value: Any) -> dict[str, float]:
    found = {plain(name): _finite(one) for name, one in mapping(value).items()}
    return {name: one for name, one in found.items() if one is not None}


def _finite(value: Any) -> float | None:
    found = number(value)
    return found if found is not None and math.isfinite(found) else None


def _whole(value: Any) -> int | None:
    found = _finite(value)
    return int(found) if found is not None else None
