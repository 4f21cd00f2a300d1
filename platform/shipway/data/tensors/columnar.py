"""Datasets over Parquet files: in memory where the data fits, else in windows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shipway.data.tensors.errors import NoRows
from shipway.data.tensors.feature_spec import FeatureSpec
from shipway.data.tensors.features import Storage, Tensors, plan_storage, source_columns
from shipway.data.tensors.windows import read_windows

BYTES_A_VALUE = 8
PREFETCH_BATCHES = 16


def columnar_dataset(files: Sequence[Path], spec: FeatureSpec, options: Any, seed: int, memory_budget: int) -> Any:
    """The dataset of `make_dataset` over Parquet files."""
    storage = plan_storage(spec)
    columns = source_columns(spec, pq.read_schema(files[0]).names)
    rows, size = _measure(files, columns)
    if rows == 0:
        raise NoRows([str(path) for path in files])
    if size <= memory_budget:
        return _in_memory(files, columns, storage, options, seed)
    return _in_windows(files, columns, storage, options, seed, max(options.batch_size, rows * memory_budget // size))


def _in_memory(files: Sequence[Path], columns: list[str], storage: list[Storage], options: Any, seed: int) -> Any:
    """Epochs are permutations of row numbers; a batch gathers its rows. Batches reach over the ends of epochs."""
    import tensorflow as tf

    table = pa.concat_tables([pq.ParquetFile(path, memory_map=True).read(columns) for path in files])
    tensors = [tuple(tf.constant(array) for array in group.arrays(table)) for group in storage]
    rows = tf.range(table.num_rows, dtype=tf.int64)

    def order(epoch: Any) -> Any:
        return tf.random.experimental.stateless_shuffle(rows, seed=[seed, epoch]) if options.shuffle else rows

    epochs = tf.data.Dataset.range(options.num_epochs or tf.int64.max).map(order).prefetch(1)
    whole_batches = options.drop_final_batch or options.num_epochs is None
    batches = epochs.rebatch(options.batch_size, drop_remainder=whole_batches).map(
        lambda chosen: _take(storage, tensors, chosen, options.label_key), num_parallel_calls=2, deterministic=True
    )
    return batches.apply(_cardinality(table.num_rows, options, whole_batches)).prefetch(PREFETCH_BATCHES)


def _in_windows(
    files: Sequence[Path], columns: list[str], storage: list[Storage], options: Any, seed: int, window_rows: int
) -> Any:
    """Each window is a whole number of batches, shuffled by its reader; only the last one of all may end short."""
    import tensorflow as tf

    signature = tuple(group.signature() for group in storage)

    def windows() -> Any:
        for table in read_windows(files, columns, options, seed, window_rows):
            yield (table.num_rows, tuple(group.arrays(table) for group in storage))

    def batches(rows: Any, tensors: tuple[Tensors, ...]) -> Any:
        starts = tf.data.Dataset.range(0, rows, options.batch_size)
        return starts.map(
            lambda start: _take(
                storage, tensors, tf.range(start, tf.minimum(start + options.batch_size, rows)), options.label_key
            )
        )

    source = tf.data.Dataset.from_generator(
        windows, output_signature=(tf.TensorSpec([], tf.int64), signature)
    ).prefetch(1)  # fmt: skip
    return source.flat_map(batches).prefetch(PREFETCH_BATCHES)


def _take(storage: list[Storage], tensors: Sequence[Tensors], rows: Any, label_key: str | None) -> Any:
    features: dict[str, Any] = {}
    for group, kept in zip(storage, tensors, strict=True):
        features.update(group.batch(kept, rows))
    if label_key is None:
        return features
    label = features.pop(label_key)
    return features, label


def _cardinality(rows: int, options: Any, whole_batches: bool) -> Any:
    import tensorflow as tf

    if options.num_epochs is None:
        return tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
    total = rows * options.num_epochs
    return tf.data.experimental.assert_cardinality(
        total // options.batch_size if whole_batches else -(-total // options.batch_size)
    )


def _measure(files: Sequence[Path], columns: Sequence[str]) -> tuple[int, int]:
    """Rows, and about how many bytes their columns take in memory."""
    rows = size = 0
    for path in files:
        metadata = pq.read_metadata(path)
        rows += metadata.num_rows
        size += sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    return rows, max(size, rows * len(columns) * BYTES_A_VALUE)
