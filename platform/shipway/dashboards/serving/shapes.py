"""The values of a feature in training and live, side by side: shares in the same bins, and a few words on each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shipway.dashboards.drawing.number_scale import short_number

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0.statistics_pb2 import FeatureNameStatistics

BINS = 12
TEXTS = 10
LONGEST_TEXT = 100


@dataclass(frozen=True)
class Bin:
    """A range of numbers or a text, and the share of the values that each side has in it."""

    label: str
    training: float
    live: float


@dataclass(frozen=True)
class Side:
    """A feature on one side: how many rows have it, the share of rows that lack it, and its values in words."""

    rows: int
    missing_share: float
    words: str


def side_of(feature: FeatureNameStatistics) -> Side:
    """One side of a feature."""
    kind = feature.WhichOneof("stats")
    common = getattr(feature, kind).common_stats if kind else None
    present, missing = (int(common.num_non_missing), int(common.num_missing)) if common else (0, 0)
    total = present + missing
    return Side(present, missing / total if total else 0.0, _words(feature, kind or "", present))


def bins_of(training: FeatureNameStatistics, live: FeatureNameStatistics) -> list[Bin]:
    """Both sides in the same bins; none where there is nothing to draw."""
    kind = training.WhichOneof("stats")
    if kind != live.WhichOneof("stats"):
        return []
    if kind == "num_stats":
        return _number_bins(_buckets(training), _buckets(live))
    if kind == "string_stats":
        return _text_bins(_shares(training), _shares(live))
    return []


def _words(feature: FeatureNameStatistics, kind: str, present: int) -> str:
    if not present:
        return "no value"
    if kind == "num_stats":
        stats = feature.num_stats
        return f"mean {short_number(stats.mean)}, from {short_number(stats.min)} to {short_number(stats.max)}"
    if kind == "string_stats":
        first = ", ".join(
            f"{one.value[:30]} {one.frequency / present:.0%}" for one in feature.string_stats.top_values[:2]
        )
        return (
            f"{feature.string_stats.unique:,} different, {first}"
            if first
            else f"{feature.string_stats.unique:,} different"
        )
    return "values of no plain type"


def _buckets(feature: Any) -> list[tuple[float, float, float]]:
    """The histogram of equal widths: low, high and count of each bucket that has an end on both sides."""
    for histogram in feature.num_stats.histograms:
        if histogram.type == histogram.STANDARD:
            found = [(one.low_value, one.high_value, one.sample_count) for one in histogram.buckets]
            return [one for one in found if all(map(math.isfinite, one))]
    return []


def _number_bins(
    training: Sequence[tuple[float, float, float]], live: Sequence[tuple[float, float, float]]
) -> list[Bin]:
    both = [*training, *live]
    if not both:
        return []
    low, high = min(one[0] for one in both), max(one[1] for one in both)
    if not math.isfinite(high - low):
        return []
    width = (high - low) / BINS or 1.0
    edges = [low + width * number for number in range(BINS + 1)]
    sides = [_rebinned(side, edges) for side in (training, live)]
    return [
        Bin(f"{short_number(edges[place])} to {short_number(edges[place + 1])}", sides[0][place], sides[1][place])
        for place in range(BINS)
    ]


def _rebinned(buckets: Sequence[tuple[float, float, float]], edges: Sequence[float]) -> list[float]:
    """The share of the values in each bin; a bucket's values count as spread evenly."""
    counts = [0.0] * (len(edges) - 1)
    width = edges[1] - edges[0]
    for low, high, count in buckets:
        for place in range(len(counts)):
            if high > low:
                covered = max(0.0, min(high, edges[place + 1]) - max(low, edges[place]))
                counts[place] += count * covered / (high - low)
            elif place == min(int((low - edges[0]) / width), len(counts) - 1):
                counts[place] += count
    total = sum(counts)
    return [count / total for count in counts] if total else counts


def _shares(feature: FeatureNameStatistics) -> dict[str, float]:
    """The most frequent texts, each with its share of all."""
    stats = feature.string_stats
    total = float(stats.common_stats.tot_num_values or stats.common_stats.num_non_missing)
    frequent = {one.label: one.sample_count for one in stats.rank_histogram.buckets}
    return {text: count / total for text, count in frequent.items()} if total else {}


def _text_bins(training: dict[str, float], live: dict[str, float]) -> list[Bin]:
    most = sorted({*training, *live}, key=lambda text: -max(training.get(text, 0.0), live.get(text, 0.0)))[:TEXTS]
    bins = [Bin(text[:LONGEST_TEXT] or "(empty)", training.get(text, 0.0), live.get(text, 0.0)) for text in most]
    rest = [max(0.0, 1 - sum(one.training for one in bins)), max(0.0, 1 - sum(one.live for one in bins))]
    if max(rest) > 0.0005 and len({*training, *live}) > TEXTS:
        bins.append(Bin("all others", *rest))
    return bins
