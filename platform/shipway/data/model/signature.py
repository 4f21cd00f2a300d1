"""What a SavedModel's signature takes and gives, read from its proto without running anything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

SERVING_DEFAULT = "serving_default"
"""TensorFlow Serving's default signature; by TFX's convention it takes serialized tf.Examples."""

PREDICT_FEATURES = "predict_features"
"""The signature that takes raw features by name."""

EXAMPLE_INPUTS = frozenset({"examples", "inputs", "input", "serialized", "input_example_tensor", "serialized_examples"})
"""Names under which TFX, TFMA and the estimators of old call a signature's serialized tf.Examples."""


@dataclass(frozen=True)
class TensorSpec:
    """One input or output: its dtype's name ("string", "float32", ...) and shape with None for what varies.

    `shape` is None when not even the rank is known. `tensor_name` is the graph's own name of the tensor, empty for
    tensors that are not dense.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None
    tensor_name: str = ""

    @cached_property
    def numpy_dtype(self) -> np.dtype[Any]:
        """What a session takes for this tensor: object for strings."""
        return np.dtype(object if self.dtype == "string" else self.dtype)

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.dtype} of any shape"
        return f"{self.dtype}[{', '.join('?' if size is None else str(size) for size in self.shape)}]"


@dataclass(frozen=True)
class Signature:
    """A signature's inputs and outputs by name."""

    name: str
    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
    method: str = ""
    """What TensorFlow Serving lets it be asked for: "tensorflow/serving/predict", ".../classify" or ".../regress"."""

    @property
    def takes_examples(self) -> bool:
        """Whether the only input is a vector of strings with a name that by convention means serialized tf.Examples."""
        if len(self.inputs) != 1:
            return False
        (only,) = self.inputs.values()
        return only.dtype == "string" and (only.shape is None or len(only.shape) == 1) and only.name in EXAMPLE_INPUTS


def read_signatures(meta_graph: Any) -> dict[str, Signature]:
    """The signatures of a MetaGraphDef, leaving out TensorFlow's own initialisation entries."""
    return {
        name: Signature(name, _specs(definition.inputs), _specs(definition.outputs), definition.method_name)
        for name, definition in meta_graph.signature_def.items()
        if not name.startswith("__saved_model")
    }


def _specs(tensors: Any) -> dict[str, TensorSpec]:
    return {name: _spec(name, info) for name, info in sorted(tensors.items())}


def _spec(name: str, info: Any) -> TensorSpec:
    import tensorflow as tf

    shape = info.tensor_shape
    sizes = None if shape.unknown_rank else tuple(None if dim.size < 0 else dim.size for dim in shape.dim)
    return TensorSpec(name, tf.as_dtype(info.dtype).name, sizes, info.name)
