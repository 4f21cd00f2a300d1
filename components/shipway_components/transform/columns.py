"""The tensors that a transform graph gives, as columns of examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import impl_helper

from shipway_components.transform.errors import TransformedRowsDiffer

SCALAR_TYPES = {tf.int64: pa.int64(), tf.float32: pa.float32(), tf.string: pa.binary()}


class TransformedColumns:
    """Turns batches of transformed features into record batches.

    A dense feature of shape [batch] becomes a scalar column. Everything else becomes list columns as TF Transform
    writes them: vectors, sparse and ragged features (rows without values are missing), and for a sparse feature of
    higher rank its values and indices as columns of their own.
    """

    def __init__(self, schema: schema_pb2.Schema):
        """Takes the transformed schema, which says how each feature is represented."""
        self._schema = schema
        self._converter: Any = None

    def convert(self, features: Mapping[str, Any], rows: int) -> pa.RecordBatch:
        """One batch of `rows` rows; raises `TransformedRowsDiffer` for a feature with more or fewer."""
        columns = {name: _scalar_column(value) for name, value in features.items() if _is_scalar(value)}
        others = {name: value for name, value in features.items() if name not in columns}
        if others:
            listed = self._lists(others)
            columns.update(zip(listed.schema.names, listed.columns, strict=True))
        for name, column in columns.items():
            if len(column) != rows:
                raise TransformedRowsDiffer(name, len(column), rows)
        return pa.RecordBatch.from_arrays([columns[name] for name in sorted(columns)], sorted(columns))

    def _lists(self, features: Mapping[str, Any]) -> pa.RecordBatch:
        if self._converter is None:
            schema = schema_pb2.Schema()
            schema.CopyFrom(self._schema)
            _keep_only(schema, set(features))
            self._converter = impl_helper.make_tensor_to_arrow_converter(schema)
        return self._converter.convert(dict(features))


def _is_scalar(value: Any) -> bool:
    return isinstance(value, tf.Tensor) and value.shape.rank == 1 and value.dtype in SCALAR_TYPES


def _scalar_column(tensor: tf.Tensor) -> pa.Array:
    return pa.array(tensor.numpy(), SCALAR_TYPES[tensor.dtype])


def _keep_only(schema: schema_pb2.Schema, names: set[str]) -> None:
    """Removes from the schema the dense features of shape [batch], whose columns are made here."""
    for feature in [feature for feature in schema.feature if feature.name not in names]:
        # What a sparse or ragged feature is made of has names of its own.
        if feature.HasField("shape") and not feature.shape.dim:
            schema.feature.remove(feature)
