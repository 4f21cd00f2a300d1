"""The two ways to load a SavedModel: into a session, and as restored functions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from shipway.data.model.signature import Signature, read_signatures

Feed = Mapping[str, np.ndarray]
Loaded = tuple[dict[str, Signature], Callable[[Signature, Feed], dict[str, np.ndarray]], Callable[[], None]]
"""The signatures, the function that calls one of them, and the one that frees what the model holds."""

CALLERS_THREAD = -1


def load_in_session(path: Path) -> Loaded:
    """As TensorFlow Serving loads: the graph imported, its variables restored, its tables initialised, in C++."""
    import tensorflow as tf

    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph)
    with graph.as_default(), _without_deprecation_notice():
        meta_graph = tf.compat.v1.saved_model.load(session, [tf.saved_model.SERVING], str(path))
    return read_signatures(meta_graph), _session_caller(session), session.close


def _session_caller(session: Any) -> Callable[[Signature, Feed], dict[str, np.ndarray]]:
    """Calls a signature through a prepared callable of the session.

    `Session._make_callable_from_options` is private to TensorFlow, and its only way from Python to run a step in the
    calling thread, without a look at what is fed: 67 us for 18 inputs where `Session.run` takes 3 times that, and a
    restored function 10 times. Where a TensorFlow lacks it, `Session.run` does the same.
    """
    prepared: dict[str, Callable[..., Any]] = {}

    def call(signature: Signature, feed: Feed) -> dict[str, np.ndarray]:
        run = prepared.get(signature.name)
        if run is None:
            run = prepared[signature.name] = _prepare(session, signature)
        return dict(zip(signature.outputs, run(*[feed[name] for name in signature.inputs]), strict=True))

    return call


def _prepare(session: Any, signature: Signature) -> Callable[..., Any]:
    from tensorflow.core.protobuf.config_pb2 import CallableOptions
    from tensorflow.errors import OpError

    fed = [spec.tensor_name for spec in signature.inputs.values()]
    fetched = [spec.tensor_name for spec in signature.outputs.values()]

    def run(*values: np.ndarray) -> Any:
        return session.run(fetched, dict(zip(fed, values, strict=True)))

    if not hasattr(session, "_make_callable_from_options"):
        return run
    options = CallableOptions(feed=fed, fetch=fetched)
    options.run_options.inter_op_thread_pool = CALLERS_THREAD
    try:
        return session._make_callable_from_options(options)
    except OpError:  # such as an output that is an input itself
        return run


def load_eagerly(path: Path) -> Loaded:
    """As Python code loads: every function restored and called through TensorFlow's eager runtime."""
    import tensorflow as tf

    functions: Any = tf.saved_model.load(str(path), [tf.saved_model.SERVING]).signatures

    def call(signature: Signature, feed: Feed) -> dict[str, np.ndarray]:
        tensors = {name: tf.convert_to_tensor(value, signature.inputs[name].dtype) for name, value in feed.items()}
        return {name: value.numpy() for name, value in functions[signature.name](**tensors).items()}

    return read_signatures(_serving_graph(path)), call, functions.clear


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
