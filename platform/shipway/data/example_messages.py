"""tf.Examples without TensorFlow and without tfx_bsl, whose library would be a sixth of the control image.

For the few rows that a model is asked with: whoever has millions has tfx_bsl. The message is defined here in a pool of
its own, so that it and TensorFlow's, where that is imported too, know nothing of each other. Its bytes are the same.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

DEFINITION = """
name: "example.proto" package: "shipway" syntax: "proto3"
message_type { name: "BytesList" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_BYTES } }
message_type { name: "FloatList" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_FLOAT } }
message_type { name: "Int64List" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_INT64 } }
message_type {
  name: "Feature" oneof_decl { name: "kind" }
  field { name: "bytes_list" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".shipway.BytesList" oneof_index: 0 }
  field { name: "float_list" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".shipway.FloatList" oneof_index: 0 }
  field { name: "int64_list" number: 3 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".shipway.Int64List" oneof_index: 0 }
}
message_type {
  name: "Features"
  nested_type {
    name: "FeatureEntry" options { map_entry: true }
    field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
    field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".shipway.Feature" }
  }
  field { name: "feature" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".shipway.Features.FeatureEntry" }
}
message_type {
  name: "Example"
  field { name: "features" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".shipway.Features" }
}
"""  # noqa: E501 - one field, one line

ARROW_TYPES = {"bytes_list": pa.large_binary(), "float_list": pa.float32(), "int64_list": pa.int64()}


def encode_rows(batch: pa.RecordBatch) -> list[bytes]:
    """One serialized tf.Example for every row of large-list columns; a missing value is a feature without values."""
    names = [(name, _kind(column.type)) for name, column in zip(batch.schema.names, batch.columns, strict=True)]
    examples = []
    for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
        example = _example_class()()
        for (name, kind), values in zip(names, row, strict=True):
            feature = example.features.feature[name]
            if values is not None and kind:
                getattr(feature, kind).value.extend(values)
        examples.append(example.SerializeToString())
    return examples


def decode_rows(serialized: Sequence[bytes], schema: schema_pb2.Schema | None = None) -> pa.RecordBatch:
    """Serialized tf.Examples as large-list columns, in the order of `schema`, or of their names where there is none."""
    features = [_example_class().FromString(one).features.feature for one in serialized]
    names = (
        [feature.name for feature in schema.feature] if schema else sorted({name for row in features for name in row})
    )
    return pa.RecordBatch.from_arrays([_column(features, name, schema) for name in names], names=names)


def _column(features: Sequence[Any], name: str, schema: schema_pb2.Schema | None) -> pa.Array:
    kinds = [row[name].WhichOneof("kind") if name in row else None for row in features]
    kind = _declared_kind(schema, name) if schema else next(filter(None, kinds), None)
    if kind is None:
        return pa.nulls(len(features))
    lists = [
        list(getattr(row[name], kind).value) if found == kind else None
        for row, found in zip(features, kinds, strict=True)
    ]
    return pa.array(lists, pa.large_list(ARROW_TYPES[kind]))


def _declared_kind(schema: schema_pb2.Schema, name: str) -> str | None:
    from tensorflow_metadata.proto.v0 import schema_pb2

    kinds = {schema_pb2.BYTES: "bytes_list", schema_pb2.FLOAT: "float_list", schema_pb2.INT: "int64_list"}
    return next((kinds.get(feature.type) for feature in schema.feature if feature.name == name), None)


def _kind(column: pa.DataType) -> str:
    """The list of a Feature that a column's values go to; empty where it has none."""
    value = column.value_type if pa.types.is_large_list(column) or pa.types.is_list(column) else column
    if pa.types.is_integer(value):
        return "int64_list"
    if pa.types.is_floating(value):
        return "float_list"
    return "" if pa.types.is_null(value) else "bytes_list"


@functools.cache
def _example_class() -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

    pool = descriptor_pool.DescriptorPool()
    pool.Add(text_format.Parse(DEFINITION, descriptor_pb2.FileDescriptorProto()))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shipway.Example"))
