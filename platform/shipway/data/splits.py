"""Which rows go to which split: by a hash of their content, or of one feature's value, in TFX's buckets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from shipway.data.columns import is_list, list_lengths
from shipway.data.configs import OutputConfig
from shipway.data.errors import MissingPartitionValue, UnknownPartitionFeature, UnsuitablePartitionFeature
from shipway.data.row_hash import column_hashes, row_hashes


class HashSplitter:
    """Divides batches by `hash % sum(hash_buckets)`, the buckets counted off in the order of the splits as TFX does.

    The same row, or with a partition feature the same value of it, comes to the same split in every run, file order and
    source format. Raises `UnknownPartitionFeature`, `UnsuitablePartitionFeature` and `MissingPartitionValue`.
    """

    def __init__(self, config: OutputConfig) -> None:
        self.names = [split.name for split in config.splits]
        self._bounds = np.cumsum([split.hash_buckets for split in config.splits])
        self._feature = config.partition_feature_name

    def divide(self, batch: pa.RecordBatch, source: str) -> Iterator[tuple[str, pa.RecordBatch]]:
        """The rows of each split that has any, in their order."""
        hashes = self._feature_hashes(batch, source) if self._feature else row_hashes(batch)
        buckets = (hashes % np.uint64(self._bounds[-1])).astype(np.int64)
        chosen = np.searchsorted(self._bounds, buckets, side="right")
        for index, name in enumerate(self.names):
            mask = chosen == index
            if mask.all():
                yield name, batch
            elif mask.any():
                yield name, batch.filter(pa.array(mask))

    def _feature_hashes(self, batch: pa.RecordBatch, source: str) -> np.ndarray:
        index = batch.schema.get_field_index(self._feature)
        if index < 0:
            raise UnknownPartitionFeature(self._feature, batch.schema.names, source)
        column = batch.column(index)
        kind = column.type.value_type if is_list(column.type) else column.type
        if pa.types.is_floating(kind):
            raise UnsuitablePartitionFeature(self._feature, source)
        missing = _without_value(column)
        if missing:
            raise MissingPartitionValue(self._feature, missing, source)
        return column_hashes(column)


def _without_value(column: pa.Array) -> int:
    if not is_list(column.type):
        return column.null_count
    return int(np.count_nonzero(list_lengths(column).to_numpy(zero_copy_only=False) == 0))
