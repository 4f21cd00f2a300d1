"""The two ways to load a SavedModel: into a session, and as restored functions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from shipway.data.model.signature import Signature, read_signatures

Loaded = tuple[dict[str, Signature], Callable[[Signature, Mapping[str, np.ndarray]], dict[str, np.ndarray]]]


def load_in_session(path: Path) -> Loaded:
    """As TensorFlow Serving loads: the graph imported, its variables restored, its tables initialised, in C++."""
    import tensorflow as tf

    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph)
    with graph.as_default(), _without_deprecation_notice():
        meta_graph = tf.compat.v1.saved_model.load(session, [tf.saved_model.SERVING], str(path))

    def call(signature: Signature, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        fetches = {name: spec.tensor_name for name, spec in signature.outputs.items()}
        return session.run(fetches, {signature.inputs[name].tensor_name: value for name, value in feed.items()})

    return read_signatures(meta_graph), call


def load_eagerly(path: Path) -> Loaded:
    """As Python code loads: every function restored and called through TensorFlow's eager runtime."""
    import tensorflow as tf

    functions: Any = tf.saved_model.load(str(path), [tf.saved_model.SERVING]).signatures

    def call(signature: Signature, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        tensors = {name: tf.convert_to_tensor(value, signature.inputs[name].dtype) for name, value in feed.items()}
        return {name: value.numpy() for name, value in functions[signature.name](**tensors).items()}

    return read_signatures(_serving_graph(path)), call


def _serving_graph(path: Path) -> Any:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel.FromString((path / "saved_model.pb").read_bytes())
    return next(graph for graph in saved.meta_graphs if "serve" in graph.meta_info_def.tags)


@contextmanager
def _without_deprecation_notice() -> Iterator[None]:
    """The session loader is what TensorFlow Serving mirrors: the notice that eager code has a newer one is no news."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
