"""The files that a split is written as, one class for each payload format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from shipway.artifacts import FORMAT_TF_EXAMPLE, partial_sibling
from shipway.data.columns import conform

# zstd with dictionaries is as quick to read as no compression at all, at a fraction of the bytes; nothing here prunes
# row groups by their minima and maxima, which cost a tenth of the writing time.
PARQUET_OPTIONS: dict[str, Any] = {"compression": "zstd", "write_statistics": False}


class Part(Protocol):
    """One open file of a split."""

    def write(self, batches: list[pa.RecordBatch]) -> None: ...

    def close(self) -> None: ...


class ParquetPart:
    """A Parquet file; every call of `write` makes one row group."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema, self._source = schema, str(path.parent)
        self._writer = pq.ParquetWriter(path, schema, **PARQUET_OPTIONS)

    def write(self, batches: list[pa.RecordBatch]) -> None:
        table = pa.Table.from_batches([conform(batch, self._schema, self._source) for batch in batches], self._schema)
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def close(self) -> None:
        self._writer.close()


class RecordPart:
    """A gzipped TFRecord file of tf.Examples."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        from shipway.data.tfrecord import RecordWriter

        self._schema, self._source = schema, str(path.parent)
        self._writer = RecordWriter(path)

    def write(self, batches: list[pa.RecordBatch]) -> None:
        from shipway.data.example_coder import encode_examples

        for batch in batches:
            self._writer.write(encode_examples(conform(batch, self._schema, self._source)))

    def close(self) -> None:
        self._writer.close()


def open_part(payload_format: str, path: Path, schema: pa.Schema) -> Part:
    """A new file of a split with these columns."""
    return RecordPart(path, schema) if payload_format == FORMAT_TF_EXAMPLE else ParquetPart(path, schema)


def recast_parquet(paths: Iterable[Path], schema: pa.Schema) -> None:
    """Give Parquet files the columns of `schema`, those that have them already are left alone."""
    for path in paths:
        file = pq.ParquetFile(path, memory_map=True)
        if file.schema_arrow.equals(schema):
            continue
        partial = partial_sibling(path)
        part = ParquetPart(partial, schema)
        for group in range(file.num_row_groups):
            part.write(file.read_row_group(group).to_batches())
        part.close()
        partial.replace(path)
