"""The fastest way in that TensorFlow has in Python: a callable of a session, run in the caller's thread.

Every opponent is measured once more with this call, the same that Shipway's own server makes: what is then left
between the servers is the servers. Independent of Shipway, because MLServer's environment has no Shipway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.config_pb2 import CallableOptions

Call = Callable[[Mapping[str, np.ndarray]], np.ndarray]

CALLERS_THREAD = -1
"""`inter_op_thread_pool` of TensorFlow's RunOptions: operations run where `run` was called."""


def fast_call(path: str, output: str = "outputs") -> Call:
    """A function from arrays by input name to the array of `output` of the model's `serving_default`."""
    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph)
    with graph.as_default():
        loaded = tf.compat.v1.saved_model.load(session, [tf.saved_model.SERVING], path)
    signature = loaded.signature_def["serving_default"]
    names = list(signature.inputs)
    options = CallableOptions()
    options.feed.extend(signature.inputs[name].name for name in names)
    options.fetch.append(signature.outputs[output].name)
    options.run_options.inter_op_thread_pool = CALLERS_THREAD
    run = session._make_callable_from_options(options)

    def call(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        return run(*[arrays[name] for name in names])[0]

    return call


def documented_call(path: str, output: str = "outputs") -> Call:
    """The same through what TensorFlow's guide of SavedModels shows: the loaded signature, called with tensors."""
    loaded = tf.saved_model.load(path)
    signature = loaded.signatures["serving_default"]

    def call(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        # The tuple keeps the loaded object alive: its variables die with it.
        return signature(**{name: tf.constant(array) for name, array in arrays.items()})[output].numpy()

    call.loaded = loaded  # type: ignore[attr-defined]
    return call
