"""The numbers of an evaluation that Prometheus is shown: those of the model that was judged, on its larger slices."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipway.errors import InputError
from shipway.exporter.bounds import LIMITS

OVERALL = "overall"
EXAMPLE_COUNT = "example_count"
CONFIG_FILE = "eval_config.json"
LARGEST_BYTES = 256 << 20


@dataclass(frozen=True)
class Evaluated:
    """Values by metric and slice, and how many were left out."""

    values: Mapping[tuple[str, str], float]
    left_out: int = 0


class TooLargeEvaluation(InputError):
    """Files that would fill the memory."""

    def __init__(self, folder: Path, size: int) -> None:
        super().__init__(
            f"The evaluation {str(folder)!r} has {size >> 20} MiB of metrics: slice by fewer features to see them here."
        )


def read_evaluation(folder: Path) -> Evaluated | None:
    """The metrics of an evaluation's files; None where the package that can read them is not installed."""
    from shipway.errors import EnvironmentFault

    try:
        from shipway.data.evaluation.eval_result import read_slices
    except EnvironmentFault:
        return None
    size = sum(file.stat().st_size for file in folder.glob("metrics*.tfrecord"))
    if size > LARGEST_BYTES:
        raise TooLargeEvaluation(folder, size)
    baseline = _baseline(folder)
    slices: dict[str, dict[str, float]] = {}
    for key, metrics in read_slices(folder):
        if isinstance(key, tuple) and not hasattr(key, "comparison"):
            slices[_label(key)] = _numbers(metrics, baseline)
    return _within_bounds(slices)


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


def _baseline(folder: Path) -> str | None:
    """The name of the model that the evaluated one was compared with."""
    config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))["evalConfig"]
    return next((spec.get("name", "") for spec in config.get("modelSpecs", ()) if spec.get("isBaseline")), None)


def _numbers(metrics: Mapping[Any, Any], baseline: str | None) -> dict[str, float]:
    from shipway.data.evaluation.metric_values import as_number

    found = {}
    for key, value in metrics.items():
        number = as_number(value)
        if number is not None and math.isfinite(number) and not key.is_diff and key.model_name != baseline:
            found[key.label()] = number
    return found


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


def _label(key: tuple[tuple[str, Any], ...]) -> str:
    return ",".join(f"{feature}:{value}" for feature, value in key) or OVERALL


def _of_words(words: str) -> str:
    """The label of a slice that is given in words: `carrier=AA, hour=6`."""
    return words.replace(", ", ",").replace("=", ":")
