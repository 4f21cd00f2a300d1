"""A feature's statistics, read the same way whatever kind it is and whether its rows have weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

NUMERIC, CATEGORICAL, BYTES, STRUCT, OTHER = "numeric", "categorical", "bytes", "struct", "other"
KINDS = {"num_stats": NUMERIC, "string_stats": CATEGORICAL, "bytes_stats": BYTES, "struct_stats": STRUCT}
WEIGHTED = {NUMERIC: "weighted_numeric_stats", CATEGORICAL: "weighted_string_stats"}
TYPES = ("INT", "FLOAT", "STRING", "BYTES", "STRUCT")
STANDARD_TYPE, QUANTILES_TYPE = 0, 1
"""Of tensorflow_metadata's Histogram."""
COUNTED_VALUES = 1000


@dataclass(frozen=True)
class Presence:
    """Rows that have a feature and that do not, and how many values there are; or the weights of all these."""

    present: float
    missing: float
    values: float

    @property
    def rows(self) -> float:
        return self.present + self.missing


class Feature:
    """One FeatureNameStatistics, `proto`. With `weighted`, what has weighted numbers is told by those."""

    def __init__(self, proto: Any, weighted: bool = False) -> None:
        self.proto = proto
        self.path: tuple[str, ...] = tuple(proto.path.step) or (proto.name,)
        self.name = ".".join(self.path)
        field = proto.WhichOneof("stats")
        self.kind = KINDS.get(field or "", OTHER)
        self.stats: Any = getattr(proto, field) if field else None
        """The statistics of its kind, None where it has none."""
        self.common: Any = getattr(self.stats, "common_stats", None)
        """What all kinds have, None where it has none."""
        self._weighted = weighted

    @property
    def type(self) -> str:
        return TYPES[self.proto.type] if 0 <= self.proto.type < len(TYPES) else str(self.proto.type)

    @property
    def has_weights(self) -> bool:
        return self.common is not None and self.common.HasField("weighted_common_stats")

    @property
    def presence(self) -> Presence:
        common = self.common
        if common is None:
            return Presence(0, 0, 0)
        one = common.weighted_common_stats if self._weighted and self.has_weights else common
        return Presence(one.num_non_missing, one.num_missing, one.tot_num_values)

    @property
    def values(self) -> Any:
        """The statistics of its values, the weighted ones where they are wanted and there."""
        name = WEIGHTED.get(self.kind, "") if self._weighted else ""
        return getattr(self.stats, name) if name and self.stats.HasField(name) else self.stats

    def histogram(self, kind: int) -> Any | None:
        """The histogram of a numeric feature of that type, without a name of its own."""
        if self.kind != NUMERIC or self.values is None:
            return None
        return next((one for one in self.values.histograms if one.type == kind and not one.name), None)

    @property
    def nan(self) -> int:
        """How many of its values are no numbers."""
        found = self.stats.histograms if self.kind == NUMERIC else ()
        return max((one.num_nan for one in found), default=0)

    @property
    def has_values(self) -> bool:
        """Whether there is a value of which its numbers tell."""
        return self.common is not None and self.common.tot_num_values > self.nan

    @property
    def lengths(self) -> Any | None:
        """The quantiles of how many values a row has; None where no row has any, or all have as many."""
        common = self.common
        if common is None or not common.HasField("num_values_histogram") or not self.is_list:
            return None
        return common.num_values_histogram

    @property
    def is_list(self) -> bool:
        return self.common is not None and self.common.min_num_values != self.common.max_num_values

    @property
    def counts(self) -> Mapping[str, float]:
        """How often its most frequent values occur, in that order: of a categorical feature."""
        if self.kind != CATEGORICAL or self.values is None:
            return {}
        ranked = {one.label: one.sample_count for one in islice(self.values.rank_histogram.buckets, COUNTED_VALUES)}
        return ranked or {one.value: one.frequency for one in self.values.top_values}

    @property
    def top_values(self) -> Sequence[tuple[str, float]]:
        if self.kind != CATEGORICAL or self.values is None:
            return ()
        return [(one.value, one.frequency) for one in self.values.top_values]


def features_of(content: Any, weighted: bool) -> dict[tuple[str, ...], Feature]:
    """The features of a DatasetFeatureStatistics by path, in its order."""
    found = (Feature(one, weighted) for one in content.features)
    return {one.path: one for one in found}
