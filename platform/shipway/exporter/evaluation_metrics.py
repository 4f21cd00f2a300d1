"""The numbers of an evaluation that Prometheus is shown: those of the model that was judged, on its larger slices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipway.errors import EnvironmentFault
from shipway.exporter.bounds import LIMITS

OVERALL = "overall"
EXAMPLE_COUNT = "example_count"
LARGEST_BYTES = 256 << 20


@dataclass(frozen=True)
class Evaluated:
    """Values by metric and slice, and how many were left out."""

    values: Mapping[tuple[str, str], float]
    left_out: int = 0


def read_evaluation(folder: Path) -> Evaluated | None:
    """The metrics of an evaluation's files; None where the package that can read them is not installed."""
    try:
        from shipway.data.evaluation.metric_keys import CrossSliceKey
        from shipway.data.evaluation.numbers import read_numbers
    except EnvironmentFault:
        return None
    found = read_numbers(folder, LARGEST_BYTES)
    return _within_bounds({_label(one.key): one.metrics for one in found if not isinstance(one.key, CrossSliceKey)})


def summarised(text: Any) -> Evaluated:
    """The metrics in an evaluation's metadata: of all rows, and of the slices where the main ones are worst."""
    try:
        summary = json.loads(str(text))
        values = {(metric, OVERALL): value for metric, value in summary["metrics"].items()}
        for metric, worst in summary["worst_slices"].items():
            values.update({(metric, _of_words(entry["slice"])): entry["value"] for entry in worst})
    except (ValueError, TypeError, KeyError, AttributeError):
        return Evaluated({})
    return Evaluated({key: float(value) for key, value in values.items() if isinstance(value, int | float)})


def _within_bounds(slices: Mapping[str, Mapping[str, float]]) -> Evaluated:
    """All rows first, then the slices with the most rows (or by name), as many as there is room for."""
    ordered = sorted(slices, key=lambda name: (name != OVERALL, -slices[name].get(EXAMPLE_COUNT, 0.0), name))
    names = list(dict.fromkeys(metric for name in ordered for metric in slices[name]))
    metrics = set(names[: LIMITS["metric"]])
    chosen = set(ordered[: LIMITS["slice"]])
    values = {
        (metric, name): value
        for name in ordered
        for metric, value in slices[name].items()
        if name in chosen and metric in metrics
    }
    return Evaluated(values, sum(map(len, slices.values())) - len(values))


def _label(key: Any) -> str:
    return ",".join(f"{feature}:{value}" for feature, value in key) or OVERALL


def _of_words(words: str) -> str:
    """The label of a slice that is given in words: `carrier=AA, hour=6`."""
    return words.replace(", ", ",").replace("=", ":")
