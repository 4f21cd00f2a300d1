"""The examples of a split as Arrow batches, for training code that is not TensorFlow's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow_hotfix  # noqa: F401 - see shipway.data.columns

from shipway.data.tensors.errors import NoRows
from shipway.data.tensors.files import is_parquet, match_files

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2


def make_record_batches(
    file_patterns: Sequence[str] | str, options: Any, schema: schema_pb2.Schema | None = None
) -> Iterator[pa.RecordBatch]:
    """What TFX calls `data_accessor.record_batch_factory`: batches whose columns are lists, as tfx_bsl gives them.

    Args:
        file_patterns: files of a split, which are read into memory.
        options: `RecordBatchesOptions`, ours or tfx_bsl's; rows are shuffled anew in every epoch.
        schema: names the columns to give; None gives all.

    Raises:
        NoFiles, MixedPayloads, NoRows.
    """
    from shipway.data.tfxio import to_tfx_batch

    files = match_files(file_patterns)
    table = _read(files, schema)
    if table.num_rows == 0:
        raise NoRows([str(path) for path in files])
    whole_batches = options.drop_final_batch or options.num_epochs is None
    rng = np.random.default_rng(np.random.randint(2**31) if options.shuffle_seed is None else options.shuffle_seed)
    rest: pa.Table = table.slice(0, 0)
    epoch = 0
    while options.num_epochs is None or epoch < options.num_epochs:
        rows = table.take(pa.array(rng.permutation(table.num_rows))) if options.shuffle else table
        rest = pa.concat_tables([rest, rows])
        while rest.num_rows >= options.batch_size:
            yield to_tfx_batch(_one_batch(rest.slice(0, options.batch_size)))
            rest = rest.slice(options.batch_size)
        epoch += 1
    if rest.num_rows and not whole_batches:
        yield to_tfx_batch(_one_batch(rest))


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def _read(files: Sequence[Path], schema: schema_pb2.Schema | None) -> pa.Table:
    if is_parquet(files):
        table = pa.concat_tables([pq.ParquetFile(path, memory_map=True).read() for path in files])
        if schema is None:
            return table
        return table.select([feature.name for feature in schema.feature if feature.name in table.column_names])

    from shipway.data.example_coder import decode_examples
    from shipway.data.tfrecord import read_records

    records = [record for path in files for batch in read_records(path, 65536) for record in batch]
    return pa.Table.from_batches([decode_examples(records, schema)])
