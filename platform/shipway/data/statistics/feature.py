"""All statistics of one feature, whichever kind its values turn out to be."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.data.columns import is_list
from shipway.data.statistics.capacity import Capacity
from shipway.data.statistics.numbers import Numbers
from shipway.data.statistics.options import StatisticsOptions
from shipway.data.statistics.presence import Presence
from shipway.data.statistics.roles import FeatureRole
from shipway.data.statistics.strings import ByteStrings, Strings
from shipway.data.statistics.unnest import unnest
from shipway.errors import InputError

Kind = statistics_pb2.FeatureNameStatistics
NUMERIC = (Kind.INT, Kind.FLOAT)


class UnknownKind(InputError):
    """A column of a type that no feature has."""

    def __init__(self, feature: str, kind: pa.DataType) -> None:
        super().__init__(
            f"The column {feature!r} holds {kind} values, of which no statistics can be made: "
            f"write it as integers, floats, strings or bytes."
        )


class KindChanged(InputError):
    """A feature whose values are of one kind in one batch and of another in the next."""

    def __init__(self, feature: str, first: int, second: int) -> None:
        super().__init__(
            f"The feature {feature!r} holds both {Kind.Type.Name(first)} and {Kind.Type.Name(second)} values: "
            f"write all rows of it with one type."
        )


def kind_of(feature: str, column_type: pa.DataType) -> int | None:
    """The statistics' name for the innermost type of a column, None while it is null; raises `UnknownKind`."""
    inner = column_type
    while is_list(inner) or pa.types.is_dictionary(inner):
        inner = inner.value_type
    if pa.types.is_null(inner):
        return None
    if pa.types.is_integer(inner):
        return Kind.INT
    if pa.types.is_floating(inner):
        return Kind.FLOAT
    strings = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())
    if inner in strings:
        return Kind.STRING
    raise UnknownKind(feature, inner)


class FeatureStatistics:
    """Accumulates one feature; `weighted` is whether its rows have weights."""

    def __init__(
        self, name: str, role: FeatureRole, options: StatisticsOptions, capacity: Capacity, weighted: bool
    ) -> None:
        self.name = name
        self.role = role
        self.options = options
        self.capacity = capacity
        self.weighted = weighted
        self.kind: int | None = None
        self.presence = Presence()
        self.values: Numbers | Strings | ByteStrings | None = None

    def add(self, column: pa.Array, weights: np.ndarray | None) -> None:
        """Add a column of rows, with one float64 weight each or none."""
        self._learn_kind(kind_of(self.name, column.type))
        unnested = unnest(column, weights)
        self.presence.add(unnested)
        if not len(unnested.values):
            return
        if isinstance(self.values, ByteStrings):
            self.values.add(unnested.values)
        elif self.values is not None:
            self.values.add(unnested.values, unnested.weights)

    def merge(self, other: FeatureStatistics) -> None:
        self._learn_kind(other.kind)
        self.presence.merge(other.presence)
        if other.values is not None:
            self.values.merge(other.values)  # type: ignore[union-attr,arg-type]

    def _learn_kind(self, kind: int | None) -> None:
        if self.kind is None and kind is not None:
            self.kind = kind
            self.values = self._accumulator(kind)
        elif kind is not None and kind != self.kind:
            raise KindChanged(self.name, self.kind or 0, kind)

    def _accumulator(self, kind: int) -> Numbers | Strings | ByteStrings:
        if kind == Kind.STRING and self.role.is_bytes:
            return ByteStrings()
        if kind in (Kind.STRING, self.role.categorical_kind):
            return Strings(self.capacity, self.weighted, self.options)
        return Numbers(self.capacity, self.weighted)

    def statistics(self, examples: int, weighted_examples: float) -> statistics_pb2.FeatureNameStatistics:
        """The proto, among `examples` rows with weights that add up to `weighted_examples`."""
        proto = statistics_pb2.FeatureNameStatistics(type=self._type())
        proto.path.step.append(self.name)
        buckets = self.options.num_values_histogram_buckets
        common = self.presence.statistics(examples, weighted_examples if self.weighted else None, buckets)
        values = self.presence.values
        if isinstance(self.values, Numbers):
            proto.num_stats.CopyFrom(self.values.statistics(values, self.options))
            proto.num_stats.common_stats.CopyFrom(common)
        elif proto.type == Kind.BYTES:
            sizes = self.values if isinstance(self.values, ByteStrings) else ByteStrings()
            proto.bytes_stats.CopyFrom(sizes.statistics(values))
            proto.bytes_stats.common_stats.CopyFrom(common)
        else:
            if isinstance(self.values, Strings):
                proto.string_stats.CopyFrom(self.values.statistics(values))
            proto.string_stats.common_stats.CopyFrom(common)
        if self.kind is not None:
            proto.custom_stats.extend(self.presence.length_histograms(buckets))
        return proto

    def _type(self) -> int:
        if self.kind in NUMERIC:
            return self.kind or 0
        return Kind.BYTES if self.role.is_bytes else Kind.STRING
