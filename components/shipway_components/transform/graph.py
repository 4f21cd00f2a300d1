"""Applies a saved transform graph to raw features, in training code and inside an exported model.

TF Transform's own `TransformFeaturesLayer` is a Keras 2 model, so it cannot be part of a Keras 3 model. What is needed
at serving is less than a layer: a callable whose tables and variables are tracked when the model is exported. This
module gives one, as a `tf.Module`, free of any Keras version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from shipway.errors import InputError


class NoTransformGraph(InputError):
    """The folder holds no transform graph."""

    def __init__(self, path: str):
        super().__init__(
            f"No transform graph in {path!r}: it has no transform_fn/saved_model.pb; pass the TransformGraph artifact "
            "of a Transform step."
        )


class UnknownRawFeature(InputError):
    """The caller feeds a feature that the transform graph does not read."""

    def __init__(self, names: list[str], known: list[str]):
        super().__init__(
            f"The transform graph does not read {', '.join(map(repr, names))}: it reads {', '.join(known)}; "
            "feed only these."
        )


class TransformedFeatures(tf.Module):
    """The transform graph as a callable: raw features in, transformed features out.

    It is a `tf.Module`: call it in eager code, in a `tf.function`, or in an endpoint of a `keras.export.ExportArchive`
    that tracks it (`archive.track(transform)`), which then carries its vocabularies and constants.
    """

    def __init__(self, transform_graph_path: str):
        super().__init__(name="transformed_features")
        from tensorflow_transform.saved.saved_transform_io_v2 import SavedModelLoader

        loader = SavedModelLoader(str(Path(transform_graph_path) / "transform_fn"))
        self._apply = loader.apply_transform_model
        self._signature = loader._structured_inputs
        self._sources = loader._output_to_inputs_map
        # Assigned so that exporting finds the tables and variables behind the restored function.
        self._restored = (loader._imported, loader._wrapped_function)

    @property
    def input_names(self) -> list[str]:
        """Names of the raw features that the graph reads, sorted; the label is among them when it is transformed."""
        return sorted(self._signature)

    @property
    def output_names(self) -> list[str]:
        """Names of the transformed features, sorted."""
        return sorted(self._sources)

    def inputs_of(self, outputs: Iterable[str]) -> list[str]:
        """Names of the raw features that these transformed features are made of, sorted."""
        sources = {id(tensor) for name in outputs for tensor in self._sources[name]}
        return sorted(name for name, value in self._signature.items() if not sources.isdisjoint(_tensor_ids(value)))

    def input_spec(self, name: str) -> tf.TypeSpec:
        """Type of one raw feature: a `TensorSpec` or `SparseTensorSpec` (or ragged), batch dimension first."""
        return tf.type_spec_from_value(self._signature[name])

    def __call__(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Transforms one batch.

        Args:
          features: Raw features by name: what `tf.io.parse_example` gives for the raw feature spec, or dense tensors of
            shape [batch] or [batch, n]. A dense tensor fed where the graph reads a sparse one is taken with "" and NaN
            as missing. A feature may be left out (the label, at serving): then every output that needs it is left out.

        Returns:
          Transformed features by name, with the shapes and types that the preprocessing function gave them.

        Raises:
          UnknownRawFeature: a name that the graph does not read.
        """
        unknown = sorted(set(features) - set(self._signature))
        if unknown:
            raise UnknownRawFeature(unknown, self.input_names)
        fed = {name: _as_read(value, self._signature[name]) for name, value in features.items()}
        return dict(self._apply(fed))


def apply_transform_graph(transform_graph_path: str | Path) -> TransformedFeatures:
    """Loads the transform graph in a TransformGraph artifact's folder as a callable.

    Raises:
      NoTransformGraph: the folder holds none.
    """
    if not (Path(transform_graph_path) / "transform_fn" / "saved_model.pb").is_file():
        raise NoTransformGraph(str(transform_graph_path))
    return TransformedFeatures(str(transform_graph_path))


def _tensor_ids(value: Any) -> set[int]:
    return {id(tensor) for tensor in tf.nest.flatten(value, expand_composites=True)}


def _as_read(value: Any, read: Any) -> Any:
    """`value` in the form (dense rank, sparse) in which the graph reads it."""
    if isinstance(value, tf.SparseTensor | tf.RaggedTensor):
        return value
    tensor = tf.convert_to_tensor(value)
    if isinstance(read, tf.SparseTensor):
        return _present_values(tensor[:, tf.newaxis] if tensor.shape.rank == 1 else tensor)
    if isinstance(read, tf.RaggedTensor):
        return tf.RaggedTensor.from_tensor(tensor[:, tf.newaxis] if tensor.shape.rank == 1 else tensor)
    if read.shape.rank == 2 and tensor.shape.rank == 1:
        return tensor[:, tf.newaxis]
    if read.shape.rank == 1 and tensor.shape.rank == 2:
        return tf.squeeze(tensor, axis=1)
    return tensor


def _present_values(dense: tf.Tensor) -> tf.SparseTensor:
    """[batch, n] as a sparse tensor without the values that mean missing ("" and NaN); zeros are values."""
    if dense.dtype == tf.string:
        present = tf.not_equal(dense, "")
    elif dense.dtype.is_floating:
        present = tf.logical_not(tf.math.is_nan(dense))
    else:
        present = tf.ones_like(dense, tf.bool)
    indices = tf.where(present)
    return tf.SparseTensor(indices, tf.gather_nd(dense, indices), tf.shape(dense, out_type=tf.int64))
