"""What a server has counted since it started, brought to one form: series of numbers that only grow.

A series is one number, or a histogram: how many there are in each bucket, and at the end the sum of the values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from shipway.dashboards.serving.exposition import Labels, Samples

REQUESTS, SECONDS, STAGE, ROWS = "requests", "seconds", "stage", "rows"
"""Kinds of series: requests by code, and histograms of their time, of its stages, and of rows a batch."""

OURS = "shipway_serving_"
TENSORFLOW = ":tensorflow:serving:"
BEGINNINGS = (OURS, TENSORFLOW, "request_predict_seconds", "process_start_time_seconds")
MOST_SERIES = 2000
"""Of one server at one look; a server of a hundred versions and arms has as many."""


class Series(NamedTuple):
    """What is counted, and of what; "" where it is not told apart. `detail` is a code or a stage."""

    kind: str
    model: str
    version: str = ""
    arm: str = ""
    detail: str = ""


Numbers = tuple[float, ...]
Bounds = tuple[float, ...]
"""The upper bounds of a histogram's buckets but the last, which has none."""


@dataclass(frozen=True)
class Source:
    """A metric, and the labels that say what its series are of; "" for none."""

    metric: str
    kind: str
    model: str = "model"
    version: str = "version"
    arm: str = "arm"
    detail: str = ""
    unit: float = 1.0
    """Of its times, in seconds."""

    @property
    def is_histogram(self) -> bool:
        return self.kind != REQUESTS


SOURCES = (
    Source(f"{OURS}requests_total", REQUESTS, detail="code"),
    Source(f"{OURS}refused_requests_total", REQUESTS, detail="code"),
    Source(f"{OURS}request_seconds", SECONDS),
    Source(f"{OURS}request_stage_seconds", STAGE, version="", arm="", detail="stage"),
    Source(f"{OURS}batch_rows", ROWS, version="", arm=""),
)
FOREIGN_SOURCES = (
    Source(f"{TENSORFLOW}request_count", REQUESTS, model="model_name", detail="status"),
    Source(f"{TENSORFLOW}request_latency", SECONDS, model="model_name", unit=1e-6),
    Source("request_predict_seconds", SECONDS, model="model_name"),
)
"""What TensorFlow Serving and KServe's servers have of the same."""


@dataclass(frozen=True)
class Counts:
    """Everything that was counted by the process that `started` then (seconds since 1970, 0 for unknown)."""

    started: float = 0.0
    series: Mapping[Series, Numbers] = field(default_factory=dict)
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """Of the histograms of each kind."""


def counts_of(samples: Samples) -> Counts:
    """The counts of a server's metrics; the server's own names go before those that others have for the same."""
    own = any(name.startswith(OURS) for name in samples)
    series: dict[Series, Numbers] = {}
    bounds: dict[str, Bounds] = {}
    for source in SOURCES if own else FOREIGN_SOURCES:
        found = _histograms(source, samples, bounds) if source.is_histogram else _plain(source, samples)
        for key, numbers in found:
            series[key] = added(series[key], numbers) if key in series else numbers
            if len(series) >= MOST_SERIES:
                break
    started = samples.get("process_start_time_seconds", ())
    return Counts(started[0][1] if started else 0.0, series, bounds)


def difference(before: Counts, after: Counts) -> dict[Series, Numbers]:
    """What was counted in between, without what stood still; a process that was started anew began at nothing."""
    is_new = before.started != after.started or before.bounds != after.bounds
    known = {} if is_new else before.series
    found = {}
    for key, numbers in after.series.items():
        old = known.get(key)
        if old is not None and len(old) == len(numbers) and sum(old[:-1] or old) <= sum(numbers[:-1] or numbers):
            numbers = tuple([max(0.0, new - past) for new, past in zip(numbers, old, strict=True)])
        if any(numbers):
            found[key] = numbers
    return found


def added(one: Numbers, other: Numbers) -> Numbers:
    """Two of the same series; histograms of other buckets cannot be added, and the first counts."""
    return tuple([a + b for a, b in zip(one, other, strict=True)]) if len(one) == len(other) else one


def _key(source: Source, labels: Labels) -> Series:
    return Series(
        source.kind,
        labels.get(source.model, ""),
        labels.get(source.version, "") if source.version else "",
        labels.get(source.arm, "") if source.arm else "",
        labels.get(source.detail, "") if source.detail else "",
    )


def _plain(source: Source, samples: Samples) -> Iterator[tuple[Series, Numbers]]:
    for labels, value in samples.get(source.metric, ()):
        yield _key(source, labels), (value,)


def _histograms(source: Source, samples: Samples, bounds: dict[str, Bounds]) -> Iterator[tuple[Series, Numbers]]:
    """Histograms whose buckets are those of the kind; several with the same key follow one another."""
    by_labels: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for labels, value in samples.get(f"{source.metric}_bucket", ()):
        place = tuple(sorted(pair for pair in labels.items() if pair[0] != "le"))
        by_labels.setdefault(place, []).append((_bound(labels.get("le", "")), value))
    sums = {tuple(sorted(labels.items())): value for labels, value in samples.get(f"{source.metric}_sum", ())}
    for place, buckets in by_labels.items():
        buckets.sort()
        found = tuple([bound * source.unit for bound, _ in buckets[:-1]])
        if not math.isinf(buckets[-1][0]) or bounds.setdefault(source.kind, found) != found:
            continue
        upto = [0.0, *(count for _, count in buckets)]
        counts = [after - before for before, after in pairwise(upto)]
        yield _key(source, dict(place)), (*counts, sums.get(place, 0.0) * source.unit)


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
