"""Avro container files of records, by fastavro."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from shipway.data.columns import conform, feature_schema
from shipway.data.errors import UnsupportedColumn
from shipway.data.readers.errors import UnreadableFile

BATCH_SIZE = 16384
PRIMITIVES = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int64(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "enum": pa.string(),
    "bytes": pa.binary(),
    "fixed": pa.binary(),
}
LOGICAL = {
    "date": pa.date32(),
    "time-millis": pa.time32("ms"),
    "time-micros": pa.time64("us"),
    "timestamp-millis": pa.timestamp("ms", "UTC"),
    "timestamp-micros": pa.timestamp("us", "UTC"),
    "local-timestamp-millis": pa.timestamp("ms"),
    "local-timestamp-micros": pa.timestamp("us"),
    "uuid": pa.string(),
}


UNTYPED = ("decimal",)


class AvroReader:
    """Raises `UnreadableFile` for what is no Avro file, `UnsupportedColumn` for nested fields and mixed unions."""

    def batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        """The rows of one file; see `Reader`."""
        import fastavro

        with path.open("rb") as file:
            try:
                records = fastavro.reader(file)
                types = _field_types(records.writer_schema, path)
                while rows := list(islice(records, BATCH_SIZE)):
                    batch = pa.RecordBatch.from_arrays([_array(rows, n, t) for n, t in types.items()], list(types))
                    yield conform(batch, feature_schema(batch.schema, str(path)), str(path))
            except (ValueError, EOFError, OSError, LookupError, fastavro.schema.SchemaParseException) as error:
                raise UnreadableFile(path, "Avro", str(error) or type(error).__name__) from error


def _field_types(schema: Any, path: Path) -> dict[str, pa.DataType | None]:
    """The Arrow type of every field; None for what Arrow has to find out from the values."""
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise UnreadableFile(path, "Avro", "its items are no records")
    named: dict[str, Any] = {}
    return {field["name"]: _arrow_type(field["name"], field["type"], named, path) for field in schema["fields"]}


def _arrow_type(field: str, kind: Any, named: dict[str, Any], path: Path) -> pa.DataType | None:
    if isinstance(kind, list):
        others = [member for member in kind if member != "null"]
        if len(others) > 1:
            raise UnsupportedColumn(field, f"union of {others}", str(path))
        return _arrow_type(field, others[0] if others else "null", named, path)
    if isinstance(kind, str):
        return PRIMITIVES[kind] if kind in PRIMITIVES else _arrow_type(field, named[kind], named, path)
    if "name" in kind:
        named[kind["name"]] = kind
    logical = kind.get("logicalType")
    if logical in LOGICAL or logical in UNTYPED:
        return LOGICAL.get(logical)
    if kind["type"] == "array":
        inner = _arrow_type(field, kind["items"], named, path)
        return None if inner is None else pa.list_(inner)
    if kind["type"] not in PRIMITIVES:
        raise UnsupportedColumn(field, str(kind["type"]), str(path))
    return PRIMITIVES[kind["type"]]


def _array(rows: list[dict[str, Any]], name: str, kind: pa.DataType | None) -> pa.Array:
    values = [row[name] for row in rows]
    if kind == pa.string():
        values = [value if value is None or isinstance(value, str) else str(value) for value in values]
    return pa.array(values, kind)
