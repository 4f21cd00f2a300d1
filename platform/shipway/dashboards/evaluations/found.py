"""An evaluation as pages show it: plain numbers by metric in words, without a message of TFMA's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shipway.data.evaluation.directions import ROWS_TO_JUDGE, is_judged, lower_is_better

OVERALL = "overall"


@dataclass(frozen=True)
class SliceMetrics:
    """The metrics of one slice of the rows, `carrier=AA`. `examples`: how many rows it has, None where nobody says.

    `features` are those that the slice is by; () where only its name is known.
    """

    name: str
    values: Mapping[str, float]
    examples: int | None = None
    features: tuple[str, ...] = ()
    baseline: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_small(self) -> bool:
        """Whether it has so few rows that its numbers say more about chance than about the model."""
        return self.examples is not None and self.examples < ROWS_TO_JUDGE


@dataclass(frozen=True)
class Threshold:
    """A bound held against one slice. `value` is the metric's, or its change's; None where there is no number.

    `slice` and `bound` are words: `carrier=AA`, `at least 0.72`. `low` and `high` are the bounds of a value.
    """

    metric: str
    slice: str
    bound: str
    value: float | None
    passed: bool
    is_change: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class EvaluationFound:
    """What is known of an evaluation. `metrics` and `baseline` are of all rows.

    `confidence` is the interval of an overall metric, where intervals were computed. `slice_count` counts slices that
    were evaluated, of which `slices` are those that can be shown; `rows` and `unlabelled` are None where nobody says.
    `from_files` is False where only the metadata could be read: then there are no thresholds, and few slices.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    slices: Sequence[SliceMetrics] = ()
    thresholds: Sequence[Threshold] = ()
    baseline: Mapping[str, float] = field(default_factory=dict)
    confidence: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    problems: Sequence[str] = ()
    slice_count: int = 0
    rows: int | None = None
    unlabelled: int | None = None
    label: str = ""
    from_files: bool = False
    first_metric: str = ""
    """The metric that the summary names first: one that a threshold bounds, where there is one."""

    @property
    def main_metric(self) -> str:
        """The metric to show where there is room for one: one that is bounded, else one that has a better and worse."""
        bounded = [one.metric for one in self.thresholds if one.metric in self.metrics]
        first = [self.first_metric] if self.first_metric in self.metrics else []
        named = [*first, *bounded, *self.metrics]
        return next((one for one in named if is_judged(one)), next(iter(named), ""))

    @property
    def metric_names(self) -> list[str]:
        """All metrics: the main one, the others that have a better and a worse, and the rest."""
        named = dict.fromkeys([*self.metrics, *(name for one in self.slices for name in one.values)])
        main = [self.main_metric] if self.main_metric in named else []
        return list(dict.fromkeys([*main, *(name for name in named if is_judged(name)), *named]))

    def lower_is_better(self, metric: str) -> bool | None:
        """Whether less of the metric is better, as its bounds or else its name tell; None for what is not judged."""
        bounds = {(one.low is not None, one.high is not None) for one in self.thresholds if one.metric == metric}
        bounds.discard((False, False))
        if bounds in ({(True, False)}, {(False, True)}):
            return bounds == {(False, True)}
        return lower_is_better(metric) if is_judged(metric) else None
