"""The curves in an evaluation's plots, of all rows, thinned out to what a chart shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from shipway.dashboards.artifact_files import folder_of
from shipway.dashboards.runs.texts import plain
from shipway.errors import ContractError, EnvironmentFault, InputError
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

LARGEST_BYTES = 32 << 20
KEPT = 32
POINTS = 20
CALIBRATION, ROC = "calibration", "roc"
KINDS = {"CalibrationHistogramBuckets": CALIBRATION, "ConfusionMatrixAtThresholds": ROC}


@dataclass(frozen=True)
class Spot:
    """A point of a curve: what `at` is (a number of rows, a threshold) stands beside it in the table."""

    x: float
    y: float
    at: float


@dataclass(frozen=True)
class Curve:
    """A curve of the model, or of the baseline that it was compared with, and of which metric.

    A calibration's points are (mean prediction, mean label) of buckets, `at` their weight in rows; those of a receiver
    operating characteristic are (false positive rate, true positive rate), `at` the threshold.
    """

    kind: str
    is_baseline: bool
    metric: str
    spots: Sequence[Spot]


@dataclass(frozen=True)
class Plots:
    """The curves; `problems` says why there are none where some should be."""

    curves: Sequence[Curve] = ()
    problems: Sequence[str] = ()


def plots_of(home: Home, artifact: RecordedArtifact) -> Plots:
    """The curves of a ModelEvaluation. Never raises."""
    try:
        folder = folder_of(artifact, home)
        stamps = (
            tuple(_stamp(folder, path) for path in sorted(folder.glob("plots*.tfrecord"))) if folder.is_dir() else ()
        )
        return Plots(_curves(folder, stamps)) if any(size for _, _, size in stamps) else Plots()
    except (ContractError, EnvironmentFault, InputError) as fault:
        return Plots(problems=[str(fault)])
    except (ImportError, OSError):
        return Plots()


def _stamp(folder: Path, path: Path) -> tuple[str, int, int]:
    """A file's name, time of change and size; a link that leads out of the artifact counts as empty."""
    stat = path.stat()
    return path.name, stat.st_mtime_ns, stat.st_size if path.resolve().is_relative_to(folder) else 0


@lru_cache(KEPT)
def _curves(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> Sequence[Curve]:
    from shipway.data.evaluation.eval_config import baseline_name
    from shipway.data.evaluation.metric_keys import OVERALL
    from shipway.data.evaluation.numbers import read_config, read_plots_of

    baseline = baseline_name(read_config(folder))
    found = []
    for key, plot in read_plots_of(folder, OVERALL, LARGEST_BYTES).items():
        kind = KINDS.get(plot.DESCRIPTOR.name, "")
        spots = _buckets(plot) if kind == CALIBRATION else _rates(plot) if kind == ROC else []
        if spots:
            metric = plain(key._replace(name=kind).label())
            found.append(Curve(kind, key.model_name == baseline, metric, spots))
    return sorted(found, key=lambda one: one.is_baseline)


def _buckets(plot: Any) -> list[Spot]:
    """Buckets of predictions, as many neighbours together as leave about `POINTS`; each counts as much as its rows."""
    filled = [
        (one.num_weighted_examples.value, one.total_weighted_refined_prediction.value, one.total_weighted_label.value)
        for one in plot.buckets
        if one.num_weighted_examples.value > 0
    ]
    share = sum(weight for weight, _, _ in filled) / POINTS
    spots: list[Spot] = []
    weight = prediction = label = 0.0
    for place, (own, predicted, labelled) in enumerate(filled, 1):
        weight, prediction, label = weight + own, prediction + predicted, label + labelled
        if weight >= share or place == len(filled):
            spots.append(Spot(prediction / weight, label / weight, weight))
            weight = prediction = label = 0.0
    return spots


def _rates(plot: Any) -> list[Spot]:
    """The rates at the thresholds, as far apart along the curve as leaves about `POINTS`."""
    spots = sorted(
        (Spot(one.false_positive_rate, one.recall, one.threshold) for one in plot.matrices),
        key=lambda spot: (spot.x, spot.y),
    )
    chosen = spots[:1]
    for spot in spots[1:]:
        if abs(spot.x - chosen[-1].x) + abs(spot.y - chosen[-1].y) >= 2 / POINTS:
            chosen.append(spot)
    if spots and chosen[-1] != spots[-1]:
        chosen.append(spots[-1])
    return chosen
