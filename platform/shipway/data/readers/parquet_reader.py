"""Parquet files: columns become features (see `shipway.data.columns`), mapped into memory and read in row groups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shipway.data.columns import conform, feature_schema
from shipway.data.readers.errors import UnreadableFile

BATCH_SIZE = 65536


class ParquetReader:
    """Raises `UnreadableFile` for what is no Parquet file, `UnsupportedColumn` for nested columns."""

    def batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        """The rows of one file; see `Reader`."""
        try:
            file = pq.ParquetFile(path, memory_map=True)
            schema = feature_schema(file.schema_arrow, str(path))
            for batch in file.iter_batches(BATCH_SIZE):
                yield conform(batch, schema, str(path))
        except (pa.ArrowInvalid, OSError) as error:
            raise UnreadableFile(path, "Parquet", str(error)) from error
