"""How often a feature is there and how many values it then has: the common statistics of every feature."""

from __future__ import annotations

from collections.abc import Sequence

from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.data.statistics.histograms import equal_width_histogram, quantiles_histogram
from shipway.data.statistics.quantiles import QuantileSummary
from shipway.data.statistics.unnest import Level, Unnested

LENGTHS_KEPT = 1 << 14


class LevelPresence:
    """Presence and numbers of values at one level of nesting."""

    def __init__(self) -> None:
        self.present = 0
        self.values = 0
        self.weight = 0.0
        self.values_weight = 0.0
        self.lengths = QuantileSummary(LENGTHS_KEPT)
        self.least: int | None = None
        self.most: int | None = None

    def add(self, level: Level) -> None:
        self._count(level.present, level.values, level.weight, level.values_weight)
        if level.lengths.size:
            self.lengths.add(level.lengths.astype(float), level.counts.astype(float))
            self._widen(int(level.lengths[0]), int(level.lengths[-1]))

    def merge(self, other: LevelPresence) -> None:
        self._count(other.present, other.values, other.weight, other.values_weight)
        self.lengths.merge(other.lengths)
        if other.least is not None and other.most is not None:
            self._widen(other.least, other.most)

    def _count(self, present: int, values: int, weight: float, values_weight: float) -> None:
        self.present += present
        self.values += values
        self.weight += weight
        self.values_weight += values_weight

    def _widen(self, least: int, most: int) -> None:
        self.least = least if self.least is None else min(self.least, least)
        self.most = most if self.most is None else max(self.most, most)


class Presence:
    """Presence at every level of a feature; the levels are known with the first batch."""

    def __init__(self) -> None:
        self.levels: list[LevelPresence] = []
        self.innermost: LevelPresence | None = None

    @property
    def values(self) -> int:
        """How many values there are at the innermost level."""
        return self.levels[-1].values if self.levels else 0

    def add(self, column: Unnested) -> None:
        self._deepen(len(column.levels), column.innermost is not None)
        for held, level in zip(self.levels, column.levels, strict=False):
            held.add(level)
        if self.innermost is not None and column.innermost is not None:
            self.innermost.add(column.innermost)

    def merge(self, other: Presence) -> None:
        self._deepen(len(other.levels), other.innermost is not None)
        for held, level in zip(self.levels, other.levels, strict=False):
            held.merge(level)
        if self.innermost is not None and other.innermost is not None:
            self.innermost.merge(other.innermost)

    def _deepen(self, levels: int, nested: bool) -> None:
        self.levels += [LevelPresence() for _ in range(levels - len(self.levels))]
        if nested and self.innermost is None:
            self.innermost = LevelPresence()

    def statistics(
        self, examples: int, weighted_examples: float | None, buckets: int
    ) -> statistics_pb2.CommonStatistics:
        """The proto; `weighted_examples` is the sum of the rows' weights, None when rows have none."""
        top, leaf = self.levels[0], self.levels[-1]
        common = statistics_pb2.CommonStatistics(
            num_non_missing=top.present, num_missing=examples - top.present, tot_num_values=leaf.values
        )
        if len(self.levels) > 1:
            common.presence_and_valency_stats.extend(self._level_statistics(examples))
        if top.present:
            rows = self.innermost or top
            common.min_num_values, common.max_num_values = rows.least or 0, rows.most or 0
            common.avg_num_values = leaf.values / top.present
            common.num_values_histogram.CopyFrom(quantiles_histogram(*rows.lengths.quantiles(buckets)))
        if weighted_examples is not None:
            self._add_weighted(common, weighted_examples)
        return common

    def length_histograms(self, buckets: int) -> list[statistics_pb2.CustomStatistic]:
        """Histograms of the numbers of values below the first level of nesting."""
        found = []
        for depth, level in enumerate(self.levels[1:], start=2):
            if level.least is None or level.most is None:
                continue
            edges = level.lengths.quantiles(buckets)
            finite = (float(level.least), float(level.most))
            for name, histogram in (
                ("quantiles", quantiles_histogram(*edges)),
                ("standard", equal_width_histogram(*edges, finite, buckets, 0)),
            ):
                name = f"level_{depth}_value_list_length_{name}"
                found.append(statistics_pb2.CustomStatistic(name=name, histogram=histogram))
        return found

    def _level_statistics(self, examples: int) -> list[statistics_pb2.PresenceAndValencyStatistics]:
        found = []
        for elements, level in _with_parents(examples, [level.values for level in self.levels], self.levels):
            proto = statistics_pb2.PresenceAndValencyStatistics(
                num_missing=int(elements) - level.present, num_non_missing=level.present
            )
            if level.present:
                proto.min_num_values, proto.max_num_values = level.least or 0, level.most or 0
                proto.tot_num_values = level.values
            found.append(proto)
        return found

    def _add_weighted(self, common: statistics_pb2.CommonStatistics, weighted_examples: float) -> None:
        above = _with_parents(weighted_examples, [level.values_weight for level in self.levels], self.levels)
        found = [
            statistics_pb2.WeightedCommonStatistics(
                num_non_missing=level.weight,
                num_missing=elements - level.weight,
                tot_num_values=level.values_weight,
                avg_num_values=level.values_weight / level.weight if level.weight else 0.0,
            )
            for elements, level in above
        ]
        if len(found) > 1:
            common.weighted_presence_and_valency_stats.extend(found)
        top, leaf = self.levels[0], self.levels[-1]
        common.weighted_common_stats.CopyFrom(found[0])
        common.weighted_common_stats.tot_num_values = leaf.values_weight
        common.weighted_common_stats.avg_num_values = leaf.values_weight / top.weight if top.weight else 0.0


def _with_parents(
    top: float, values: Sequence[float], levels: Sequence[LevelPresence]
) -> list[tuple[float, LevelPresence]]:
    """Each level with how many elements it could have: rows at the top, the values of the level above elsewhere."""
    return list(zip([top, *values[:-1]], levels, strict=True))
