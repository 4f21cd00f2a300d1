"""The rows of an Examples artifact: the one way in which steps read a split and write one, whatever its payload format.

Columns come as features (see `shipway.data.columns`): int64, float32, string or binary, scalar with null for a missing
value, or a list where some row has several values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shipway.artifacts import FORMAT_TF_EXAMPLE, Examples
from shipway.data.columns import conform, feature_schema
from shipway.data.errors import UnknownColumn
from shipway.data.examples_writer import ExamplesWriter
from shipway.data.split_files import split_files

__all__ = ["BATCH_SIZE", "ExamplesWriter", "read_split", "read_table", "split_columns", "split_rows"]

BATCH_SIZE = 65536


def read_split(
    examples: Examples, split: str, columns: Sequence[str] | None = None, batch_size: int = BATCH_SIZE
) -> Iterator[pa.RecordBatch]:
    """Batches of a split in the order of its rows, all with the same columns: those named, in that order, or all.

    Only the named columns are read from a Parquet payload, whose files are mapped into memory. Raises `UnknownSplit`,
    `MissingSplit`, `UnknownColumn`, and what a damaged TFRecord file raises, before the first batch where it can.
    """
    files = split_files(examples, split)
    if examples.payload_format == FORMAT_TF_EXAMPLE:
        return _read_records(files, _chosen(_record_columns(examples, files), columns, files[0]), batch_size)
    return _read_parquet(files, _chosen(_parquet_columns(files[0]), columns, files[0]), batch_size)


def read_table(examples: Examples, split: str, columns: Sequence[str] | None = None) -> pa.Table:
    """A whole split in memory; see `read_split`."""
    files = split_files(examples, split)
    if examples.payload_format == FORMAT_TF_EXAMPLE:
        schema = _chosen(_record_columns(examples, files), columns, files[0])
        return pa.Table.from_batches(_read_records(files, schema, BATCH_SIZE), schema=schema)
    schema = _chosen(_parquet_columns(files[0]), columns, files[0])
    tables = [pq.ParquetFile(path, memory_map=True).read(schema.names) for path in files]
    if all(table.select(schema.names).schema.equals(schema) for table in tables):
        return pa.concat_tables([table.select(schema.names) for table in tables])
    batches = [conform(batch, schema, str(examples.path)) for table in tables for batch in table.to_batches()]
    return pa.Table.from_batches(batches, schema=schema)


def split_columns(examples: Examples, split: str) -> pa.Schema:
    """The columns of a split and their feature types, without reading rows where the files say them."""
    files = split_files(examples, split)
    if examples.payload_format == FORMAT_TF_EXAMPLE:
        return _record_columns(examples, files)
    return _parquet_columns(files[0])


def split_rows(examples: Examples, split: str) -> int:
    """How many rows a split has; TFRecords that Shipway did not write are counted by reading them."""
    files = split_files(examples, split)
    if examples.payload_format != FORMAT_TF_EXAMPLE:
        return sum(pq.read_metadata(path).num_rows for path in files)

    from shipway.data.record_columns import read_columns_file
    from shipway.data.tfrecord import read_records

    recorded = read_columns_file(examples.path)
    if recorded is not None and split in recorded[1]:
        return recorded[1][split]
    return sum(len(records) for path in files for records in read_records(path, BATCH_SIZE))


def _read_parquet(files: Sequence[Path], schema: pa.Schema, batch_size: int) -> Iterator[pa.RecordBatch]:
    for path in files:
        for batch in pq.ParquetFile(path, memory_map=True).iter_batches(batch_size, columns=schema.names):
            yield conform(batch, schema, str(path))


def _read_records(files: Sequence[Path], schema: pa.Schema, batch_size: int) -> Iterator[pa.RecordBatch]:
    from shipway.data.example_coder import decoding_schema
    from shipway.data.record_columns import decode_records
    from shipway.data.tfrecord import read_records

    wanted = decoding_schema(schema)
    for path in files:
        for records in read_records(path, batch_size):
            yield conform(decode_records(records, path, wanted), schema, str(path))


def _parquet_columns(path: Path) -> pa.Schema:
    return feature_schema(pq.read_schema(path, memory_map=True), str(path))


def _record_columns(examples: Examples, files: Sequence[Path]) -> pa.Schema:
    from shipway.data.record_columns import infer_record_columns, read_columns_file

    recorded = read_columns_file(examples.path)
    return recorded[0] if recorded is not None else infer_record_columns(files)


def _chosen(schema: pa.Schema, columns: Sequence[str] | None, path: Path) -> pa.Schema:
    if columns is None:
        return schema
    for name in columns:
        if schema.get_field_index(name) < 0:
            raise UnknownColumn(name, schema.names, path)
    return pa.schema([schema.field(name) for name in columns])
