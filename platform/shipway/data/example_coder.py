"""Batches to serialized tf.Examples and back, by tfx_bsl's coders: no TensorFlow and no Beam is imported for it.

The control image has no tfx_bsl. There the few rows that a model is asked with go through `example_messages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from shipway.data.tfxio import to_tfx_batch

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2


def encode_examples(batch: pa.RecordBatch) -> list[bytes]:
    """One serialized tf.Example for every row; a missing value becomes a feature without values, as TFX writes it."""
    columns = to_tfx_batch(batch)
    try:
        from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder
    except ModuleNotFoundError:
        from shipway.data.example_messages import encode_rows

        return encode_rows(columns)
    no_values = pa.large_list(pa.int64())
    arrays = [pa.nulls(len(c), no_values) if pa.types.is_null(c.type) else c for c in columns.columns]
    return RecordBatchToExamplesEncoder().encode(pa.RecordBatch.from_arrays(arrays, names=batch.schema.names))


def decode_examples(serialized: Sequence[bytes], schema: schema_pb2.Schema | None = None) -> pa.RecordBatch:
    """Serialized tf.Examples as large-list columns, in the order of `schema`, or of their names where there is none.

    With a schema the batch has exactly its features; without one a feature that has no value in any of the examples is
    a column of Arrow's null type.
    """
    try:
        from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder
    except ModuleNotFoundError:
        from shipway.data.example_messages import decode_rows

        return decode_rows(serialized, schema)
    decoder = ExamplesToRecordBatchDecoder(None if schema is None else schema.SerializeToString())
    batch = decoder.DecodeBatch(list(serialized))
    if schema is not None:
        return batch
    names = sorted(batch.schema.names)
    return pa.RecordBatch.from_arrays([batch.column(batch.schema.get_field_index(n)) for n in names], names=names)


def decoding_schema(columns: pa.Schema) -> schema_pb2.Schema:
    """The schema that decodes tf.Examples into these feature columns; columns of the null type are left out."""
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = schema_pb2.Schema()
    for field in columns:
        value = field.type.value_type if pa.types.is_list(field.type) else field.type
        if pa.types.is_integer(value):
            schema.feature.add(name=field.name, type=schema_pb2.INT)
        elif pa.types.is_floating(value):
            schema.feature.add(name=field.name, type=schema_pb2.FLOAT)
        elif not pa.types.is_null(value):
            schema.feature.add(name=field.name, type=schema_pb2.BYTES)
    return schema
