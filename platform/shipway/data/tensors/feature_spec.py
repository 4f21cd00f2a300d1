"""From a schema to a feature specification, by tfx_bsl's own rules: what TFX's data accessor would parse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from shipway.data.tensors.errors import UnusableSchema

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

FeatureSpec = dict[str, Any]
"""Tensor name to `tf.io.FixedLenFeature`, `VarLenFeature`, `RaggedFeature` or `SparseFeature`."""


def feature_spec(schema: schema_pb2.Schema) -> FeatureSpec:
    """The specification of a schema's features: a shape makes a feature dense, without one it is sparse.

    A feature with the shape `{}` becomes a tensor [batch], with the shape `{dim {size: 1}}` a tensor [batch, 1],
    without a shape a SparseTensor [batch, longest]; tensor representations in the schema override that.

    Raises:
        UnusableSchema: the schema contradicts itself, for example a shape on a feature that may be missing.
    """
    from tfx_bsl.tfxio import tensor_representation_util as representations

    kinds = {feature.name: feature.type for feature in schema.feature}
    try:
        inferred = representations.InferTensorRepresentationsFromMixedSchema(schema)
        spec = {}
        for name, representation in sorted(inferred.items()):
            column = representations.GetSourceValueColumnFromTensorRepresentation(representation)
            spec[name] = representations.CreateTfExampleParserConfig(representation, kinds[column.steps()[0]])
    except (ValueError, KeyError, NotImplementedError) as error:
        raise UnusableSchema(str(error)) from error
    return spec


def infer_feature_spec(columns: pa.Schema) -> FeatureSpec:
    """Where there is no schema: scalar columns are dense [batch], lists are sparse."""
    import tensorflow as tf

    spec: FeatureSpec = {}
    for field in columns:
        is_list = pa.types.is_list(field.type) or pa.types.is_large_list(field.type)
        dtype = _dtype(field.type.value_type if is_list else field.type)
        spec[field.name] = tf.io.VarLenFeature(dtype) if is_list else tf.io.FixedLenFeature([], dtype)
    return spec


def _dtype(kind: pa.DataType) -> Any:
    import tensorflow as tf

    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return tf.int64
    return tf.float32 if pa.types.is_floating(kind) else tf.string
