"""What the columns of TFRecord examples are: a tf.Example alone does not say text or bytes, one value or a list.

Shipway writes `columns.json` beside the split folders, where no reader of TFRecords looks for data; examples that
others wrote are read through once to find out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from shipway.artifacts import write_text
from shipway.data.columns import observed_type, widest_schema
from shipway.data.errors import NotExamples
from shipway.data.example_coder import decode_examples
from shipway.data.tfrecord import read_records

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

COLUMNS_FILE = "columns.json"
NAMES = {"null": pa.null(), "int64": pa.int64(), "float": pa.float32(), "string": pa.string(), "binary": pa.binary()}
INFERENCE_BATCH = 16384


def infer_record_columns(files: Iterable[Path]) -> pa.Schema:
    """The feature columns of all tf.Examples in TFRecord files; raises `NotExamples`, `DamagedRecords` and
    `ColumnTypeChanged`."""
    schema = pa.schema([])
    for path in files:
        for records in read_records(path, INFERENCE_BATCH):
            schema = widest_schema(schema, observed_schema(decode_records(records, path), str(path)), str(path))
    return schema


def observed_schema(batch: pa.RecordBatch, source: str) -> pa.Schema:
    """`observed_type` of every column of a batch."""
    columns = zip(batch.schema.names, batch.columns, strict=True)
    return pa.schema([pa.field(name, observed_type(name, column, source)) for name, column in columns])


def decode_records(records: list[bytes], path: Path, schema: schema_pb2.Schema | None = None) -> pa.RecordBatch:
    """Records of one file as columns; raises `NotExamples`."""
    try:
        return decode_examples(records, schema)
    except RuntimeError as error:
        raise NotExamples(path, str(error)) from error


def read_columns_file(folder: Path) -> tuple[pa.Schema, dict[str, int]] | None:
    """The columns and the rows of each split that `write_columns_file` recorded, or None where it did not."""
    path = folder / COLUMNS_FILE
    if not path.is_file():
        return None
    recorded = json.loads(path.read_text(encoding="utf-8"))
    fields = [(name, pa.list_(NAMES[kind]) if several else NAMES[kind]) for name, kind, several in recorded["columns"]]
    return pa.schema(fields), recorded["rows"]


def write_columns_file(folder: Path, schema: pa.Schema, split: str, rows: int) -> None:
    """Record a split's columns; those of splits that were written before are widened by them."""
    known, counts = read_columns_file(folder) or (pa.schema([]), {})
    columns = []
    for field in widest_schema(known, schema, str(folder)):
        several = pa.types.is_list(field.type)
        columns.append([field.name, str(field.type.value_type if several else field.type), several])
    write_text(folder / COLUMNS_FILE, json.dumps({"columns": columns, "rows": {**counts, split: rows}}))
