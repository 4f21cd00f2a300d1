"""Raw features as a model's two ways in take them: parsed from tf.Examples, or dense by name with missing markers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.data.model.missing import missing_marker
from shipway.data.tensors.feature_spec import FeatureSpec, feature_spec


def read_raw_schema(schema: schema_pb2.Schema | str | Path) -> schema_pb2.Schema:
    """The schema itself, or read from a `schema.pbtxt`."""
    from google.protobuf import text_format

    if isinstance(schema, schema_pb2.Schema):
        return schema
    return text_format.Parse(Path(schema).read_text(), schema_pb2.Schema())


class RawFeatures:
    """The raw features of a model, each with how it is parsed and how it is given by name.

    By name, a feature that has at most one value a row is a tensor [batch]; one that may have several is [batch, most],
    padded with the missing marker; one of a fixed shape [batch, *shape]. Markers are no values: see
    `shipway.data.model.missing`.
    """

    def __init__(self, schema: schema_pb2.Schema, names: Iterable[str] | None = None) -> None:
        wanted = None if names is None else set(names)
        spec = feature_spec(schema)
        self.spec: FeatureSpec = {name: kind for name, kind in spec.items() if wanted is None or name in wanted}
        self._single = {f.name for f in schema.feature if f.value_count.max == 1}

    def without(self, names: Iterable[str]) -> RawFeatures:
        """The same but for the features called `names`."""
        return self.only(set(self.spec).difference(names))

    def only(self, names: Iterable[str]) -> RawFeatures:
        """Those of the features that are called `names`."""
        wanted = set(names)
        rest = RawFeatures.__new__(RawFeatures)
        rest.spec = {name: kind for name, kind in self.spec.items() if name in wanted}
        rest._single = self._single
        return rest

    @property
    def type_specs(self) -> dict[str, Any]:
        """What parsing gives."""
        return {name: _parsed_spec(kind) for name, kind in self.spec.items()}

    @property
    def named_specs(self) -> dict[str, tf.TensorSpec]:
        """What is taken by name."""
        return {name: self._named_spec(name, kind) for name, kind in self.spec.items()}

    def parse(self, serialized: tf.Tensor) -> dict[str, Any]:
        """[batch] serialized tf.Examples."""
        return tf.io.parse_example(serialized, self.spec)

    def from_named(self, given: Mapping[str, tf.Tensor]) -> dict[str, Any]:
        """Dense tensors by name, as `named_specs` says, in the form that parsing gives."""
        return {name: _as_parsed(given[name], kind) for name, kind in self.spec.items()}

    def _named_spec(self, name: str, kind: Any) -> tf.TensorSpec:
        if isinstance(kind, tf.io.FixedLenFeature):
            shape = [] if list(kind.shape) == [1] else list(kind.shape)
            return tf.TensorSpec([None, *shape], kind.dtype, name=name)
        return tf.TensorSpec([None] if name in self._single else [None, None], kind.dtype, name=name)


def _parsed_spec(kind: Any) -> Any:
    if isinstance(kind, tf.io.FixedLenFeature):
        return tf.TensorSpec([None, *kind.shape], kind.dtype)
    if isinstance(kind, tf.io.RaggedFeature):
        return tf.RaggedTensorSpec([None, None], kind.dtype, row_splits_dtype=kind.row_splits_dtype)
    return tf.SparseTensorSpec([None, None], kind.dtype)


def _as_parsed(given: tf.Tensor, kind: Any) -> Any:
    if isinstance(kind, tf.io.FixedLenFeature):
        dense = tf.reshape(given, [-1, *kind.shape])
        if kind.default_value is None:
            return dense
        return tf.where(_is_missing(dense), tf.constant(kind.default_value, kind.dtype, shape=kind.shape), dense)
    rows = given[:, tf.newaxis] if given.shape.rank == 1 else given
    present = tf.logical_not(_is_missing(rows))
    if isinstance(kind, tf.io.RaggedFeature):
        return tf.ragged.boolean_mask(rows, present).with_row_splits_dtype(kind.row_splits_dtype)
    if given.shape.rank == 1:
        indices = tf.where(present)
        return tf.SparseTensor(indices, tf.gather_nd(rows, indices), tf.shape(rows, out_type=tf.int64))
    return tf.ragged.boolean_mask(rows, present).to_sparse()


def _is_missing(values: tf.Tensor) -> tf.Tensor:
    if values.dtype.is_floating:
        return tf.math.is_nan(values)
    return tf.equal(values, tf.constant(missing_marker(values.dtype.name), values.dtype))
