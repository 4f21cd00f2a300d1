"""TFRecord files of tf.Example, plain or gzipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from shipway.data.record_columns import decode_records
from shipway.data.tfrecord import read_records

BATCH_SIZE = 16384


class TFRecordReader:
    """Raises `DamagedRecords` and `NotExamples`."""

    def batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        """The rows of one file; see `Reader`. Every column is a list."""
        for records in read_records(path, BATCH_SIZE):
            yield decode_records(records, path)
