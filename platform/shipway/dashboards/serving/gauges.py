"""What a server's last page of metrics says beside traffic: shadows, queues, the inference log, what inputs were like.

Counters are since the server's start.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shipway.dashboards.runs.texts import plain
from shipway.dashboards.serving.counts import OURS
from shipway.dashboards.serving.exposition import Labels, Samples

MOST_INPUTS = 300


@dataclass(frozen=True)
class OutputDifference:
    """One output of a shadow: rows that differ, and the largest difference of a number, None where there are none."""

    output: str
    different_rows: float
    largest: float | None


@dataclass(frozen=True)
class ShadowComparison:
    """Rows that two versions answered, and how many of them differently."""

    version: str
    shadow_version: str
    signature: str
    compared_rows: float
    different_rows: float
    outputs: Sequence[OutputDifference]

    @property
    def different_share(self) -> float | None:
        return self.different_rows / self.compared_rows if self.compared_rows else None


@dataclass(frozen=True)
class Queues:
    """Now: rows that wait for a batch, and requests that are being answered."""

    queued_rows: float
    requests_in_flight: float


@dataclass(frozen=True)
class LogCounts:
    """Rows of all models that arrived in the inference log, that were dropped and that wait."""

    written_rows: float
    dropped_rows: float
    queued_rows: float

    @property
    def is_used(self) -> bool:
        return bool(self.written_rows or self.dropped_rows or self.queued_rows)


@dataclass(frozen=True)
class InputNumbers:
    """A simple distribution of an input, of a sample of the rows; numbers are None of texts."""

    version: str
    signature: str
    name: str
    values: float
    missing: float
    mean: float | None
    deviation: float | None
    least: float | None
    most: float | None

    @property
    def missing_share(self) -> float:
        return self.missing / self.values if self.values else 0.0


def shadow_comparisons(samples: Samples, model: str) -> list[ShadowComparison]:
    """The shadows of a model, as far as any answer was compared."""
    found = []
    for labels, compared in _of(samples, "shadow_compared_rows_total", model):
        outputs = [
            OutputDifference(one.get("output", ""), rows, _value(samples, "shadow_largest_difference", one))
            for one, rows in _of(samples, "shadow_different_output_rows_total", model)
            if all(one.get(name) == value for name, value in labels.items())
        ]
        different = _value(samples, "shadow_different_rows_total", labels) or 0.0
        found.append(ShadowComparison(
            labels.get("version", ""), labels.get("shadow_version", ""), labels.get("signature", ""),
            compared, different, outputs,
        ))  # fmt: skip
    return found


def queues(samples: Samples, model: str) -> Queues:
    return Queues(
        sum(value for _, value in _of(samples, "queued_rows", model)),
        sum(value for _, value in _of(samples, "requests_in_flight", model)),
    )


def log_counts(samples: Samples) -> LogCounts:
    written, dropped, queued = (
        sum(value for _, value in samples.get(f"{OURS}inference_log_{name}", ()))
        for name in ("written_rows_total", "dropped_rows_total", "queued_rows")
    )
    return LogCounts(written, dropped, queued)


def input_numbers(pages: Iterable[Samples], model: str) -> list[InputNumbers]:
    """What the inputs of a model were like, over all servers, by version, signature and name."""
    sums: dict[tuple[str, str, str], dict[str, float]] = {}
    for samples in pages:
        for name in ("values_total", "missing_total", "sum_of_values", "sum_of_squares_total"):
            for labels, value in _of(samples, f"input_{name}", model):
                entry = sums.setdefault(_place(labels), {})
                entry[name] = entry.get(name, 0.0) + value
        for name, better in (("min", min), ("max", max)):
            for labels, value in _of(samples, f"input_{name}", model):
                entry = sums.setdefault(_place(labels), {})
                entry[name] = better(entry.get(name, value), value)
    return [_input(place, entry) for place, entry in sorted(sums.items())[:MOST_INPUTS]]


def _input(place: tuple[str, str, str], entry: dict[str, float]) -> InputNumbers:
    values, missing = entry.get("values_total", 0.0), entry.get("missing_total", 0.0)
    mean = deviation = None
    if "sum_of_values" in entry and values > missing:
        mean = entry["sum_of_values"] / (values - missing)
        deviation = math.sqrt(max(0.0, entry.get("sum_of_squares_total", 0.0) / (values - missing) - mean * mean))
    return InputNumbers(*place, values, missing, mean, deviation, entry.get("min"), entry.get("max"))


def _place(labels: Labels) -> tuple[str, str, str]:
    return plain(labels.get("version", "")), plain(labels.get("signature", "")), plain(labels.get("input", ""))


def _of(samples: Samples, name: str, model: str) -> Iterator[tuple[Labels, float]]:
    return ((labels, value) for labels, value in samples.get(OURS + name, ()) if labels.get("model") == model)


def _value(samples: Samples, name: str, wanted: Labels) -> float | None:
    return next((value for labels, value in samples.get(OURS + name, ()) if labels == wanted), None)
