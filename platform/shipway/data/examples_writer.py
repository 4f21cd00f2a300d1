"""Writing a split: rows go to disk as they come, and its files get their names when the last row is written."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from shipway.artifacts import FORMAT_TF_EXAMPLE, Examples, partial_sibling, storage_faults
from shipway.data.columns import is_list, observed_type, widest_schema
from shipway.data.split_files import data_files, part_name, written_splits
from shipway.data.split_parts import Part, open_part, recast_parquet

ROWS_PER_FILE = 1 << 20
ROWS_PER_GROUP = 1 << 17
BYTES_PER_GROUP = 1 << 26


class ExamplesWriter:
    """Writes one split of `examples` in its payload format; use it in a `with` block.

    Batches may differ in their columns: a column takes the widest type that any of them needs, here and in the splits
    that were closed before, so that all files of an artifact have the same columns. After an exception in the
    block, nothing of the split is left. Encoding runs on a thread of its own beside whatever makes the batches.

    Raises `UnsupportedColumn`, `ColumnTypeChanged`, `MissingInsideList`, and the storage faults of a full disk.
    """

    def __init__(self, examples: Examples, split: str, rows_per_file: int = ROWS_PER_FILE) -> None:
        self.rows = 0
        self.schema = pa.schema([])
        self._examples, self._split, self._rows_per_file = examples, split, rows_per_file
        self._folder = examples.split_path(split)
        self._plain: pa.Schema | None = None
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = self._pending_bytes = 0
        self._paths: list[Path] = []
        self._part: Part | None = None
        self._part_schema = self.schema
        self._part_rows = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"write-{split}")
        self._written: Future[None] | None = None
        with storage_faults(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> ExamplesWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._observe(batch)
        self._pending.append(batch)
        self.rows += batch.num_rows
        self._pending_rows += batch.num_rows
        self._pending_bytes += batch.nbytes
        if self._pending_rows >= ROWS_PER_GROUP or self._pending_bytes >= BYTES_PER_GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is left and give the files their names."""
        try:
            if self._pending or not self._paths:
                self._flush()
            self._wait()
            with storage_faults(self._folder):
                self._close_part()
                self._settle()
        except BaseException:
            self.discard()
            raise
        self._thread.shutdown()

    def discard(self) -> None:
        """Leave nothing of the split behind."""
        self._thread.shutdown(cancel_futures=True)
        self._part = None
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _observe(self, batch: pa.RecordBatch) -> None:
        if self._plain is not None and batch.schema.equals(self._plain):
            return
        source = str(self._folder)
        columns = zip(batch.schema.names, batch.columns, strict=True)
        observed = pa.schema([pa.field(name, observed_type(name, column, source)) for name, column in columns])
        self.schema = widest_schema(self.schema, observed, source)
        by_value = any(is_list(kind) or pa.types.is_binary(kind) or pa.types.is_null(kind) for kind in observed.types)
        self._plain = None if by_value or not observed.equals(batch.schema) else observed

    def _flush(self) -> None:
        self._wait()
        batches, self._pending = self._pending, []
        self._pending_rows = self._pending_bytes = 0
        self._written = self._thread.submit(self._write_group, batches, self.schema)

    def _wait(self) -> None:
        if self._written is not None:
            self._written.result()

    def _write_group(self, batches: list[pa.RecordBatch], schema: pa.Schema) -> None:
        with storage_faults(self._folder):
            if self._part is None or self._part_rows >= self._rows_per_file or not self._part_schema.equals(schema):
                self._close_part()
                path = partial_sibling(self._folder / f"{len(self._paths):05d}")
                self._paths.append(path)
                self._part = open_part(self._examples.payload_format, path, schema)
                self._part_schema, self._part_rows = schema, 0
            self._part.write(batches)
            self._part_rows += sum(batch.num_rows for batch in batches)

    def _close_part(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            part.close()

    def _settle(self) -> None:
        """Bring all files of the artifact to the same columns, then name those of this split."""
        if self._examples.payload_format == FORMAT_TF_EXAMPLE:
            from shipway.data.record_columns import write_columns_file

            write_columns_file(self._examples.path, self.schema, self._split, self.rows)
        else:
            folders = [self._examples.split_path(split) for split in written_splits(self._examples)]
            others = [path for folder in folders for path in data_files(folder)]
            for path in others:
                self.schema = widest_schema(pq.read_schema(path, memory_map=True), self.schema, str(self._folder))
            recast_parquet([*others, *self._paths], self.schema)
        for index, path in enumerate(self._paths):
            path.replace(self._folder / part_name(index, len(self._paths), self._examples.payload_format))
