"""The two ways to load a SavedModel: into a session, and as restored functions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from shipway.data.model.signature import Signature, read_signatures

Feed = Mapping[str, np.ndarray]

CALLERS_THREAD, TENSORFLOWS_THREADS = -1, 0

LARGE_BATCH = 1024
"""Rows above which a step is quicker when its ops share TensorFlow's threads: 5.4 ms where the caller's thread alone
takes 7.4, for 8,192 rows of the flights model on two cores; for one row it is 0.33 against 0.25."""

SERVE = "serve"


@dataclass(frozen=True)
class LoadingOptions:
    """How TensorFlow loads a SavedModel, beside where it lies."""

    tags: Sequence[str] = (SERVE,)
    """Which of the graphs in it."""

    session_config: bytes = b""
    """A serialized `tensorflow.ConfigProto`; empty: TensorFlow's own."""

    session_only: bool = False
    """Fail instead of falling back to eager calls: TensorFlow Serving has no such calls."""


AS_SERVED = LoadingOptions()
"""What TensorFlow Serving loads when nobody tells it more."""


class Caller(Protocol):
    """A loaded model's function from a signature and its inputs to its outputs."""

    def __call__(self, signature: Signature, feed: Feed) -> dict[str, np.ndarray]: ...

    def close(self) -> None:
        """Free what the model holds; no call is under way."""


Loaded = tuple[dict[str, Signature], Caller]


def load_in_session(path: Path, options: LoadingOptions) -> Loaded:
    """As TensorFlow Serving loads: the graph imported, its variables restored, its tables initialised, in C++."""
    import tensorflow as tf

    graph = tf.Graph()
    config = tf.compat.v1.ConfigProto.FromString(options.session_config)
    session = tf.compat.v1.Session(graph=graph, config=config)
    with graph.as_default(), _without_deprecation_notice():
        meta_graph = tf.compat.v1.saved_model.load(session, list(options.tags), str(path))
    return read_signatures(meta_graph), SessionCaller(session)


class SessionCaller:
    """Calls a signature through a prepared callable of the session.

    `Session._make_callable_from_options` is private to TensorFlow, and its only way from Python to run a step in the
    calling thread, without a look at what is fed: 67 us for 18 inputs where `Session.run` takes 3 times that, and a
    restored function 10 times. Where a TensorFlow lacks it, `Session.run` does the same. Large batches are run by
    TensorFlow's threads.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._prepared: dict[tuple[str, bool], Callable[..., Any]] = {}

    def __call__(self, signature: Signature, feed: Feed) -> dict[str, np.ndarray]:
        values = [feed[name] for name in signature.inputs]
        is_large = bool(values) and values[0].ndim > 0 and len(values[0]) > LARGE_BATCH
        run = self._prepared.get((signature.name, is_large))
        if run is None:
            run = _prepare(self._session, signature, TENSORFLOWS_THREADS if is_large else CALLERS_THREAD)
            self._prepared[signature.name, is_large] = run
        return dict(zip(signature.outputs, run(*values), strict=True))

    def close(self) -> None:
        """The session, and with it the variables, is deleted when nothing refers to it any more."""
        self._prepared = {}
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _prepare(session: Any, signature: Signature, threads: int) -> Callable[..., Any]:
    from tensorflow.core.protobuf.config_pb2 import CallableOptions
    from tensorflow.errors import OpError

    fed = [spec.tensor_name for spec in signature.inputs.values()]
    fetched = [spec.tensor_name for spec in signature.outputs.values()]

    def run(*values: np.ndarray) -> Any:
        return session.run(fetched, dict(zip(fed, values, strict=True)))

    if not hasattr(session, "_make_callable_from_options"):
        return run
    options = CallableOptions(feed=fed, fetch=fetched)
    options.run_options.inter_op_thread_pool = threads
    try:
        return session._make_callable_from_options(options)
    except OpError:  # such as an output that is an input itself
        return run


def load_eagerly(path: Path, options: LoadingOptions) -> Loaded:
    """As Python code loads: every function restored and called through TensorFlow's eager runtime."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path), list(options.tags))
    return read_signatures(_graph_of(path, options.tags)), EagerCaller(loaded)


class EagerCaller:
    """Calls the restored function of a signature."""

    def __init__(self, loaded: Any) -> None:
        self._loaded = loaded  # owns the variables and tables that the functions use

    def __call__(self, signature: Signature, feed: Feed) -> dict[str, np.ndarray]:
        import tensorflow as tf

        tensors = {name: tf.convert_to_tensor(feed[name], spec.dtype) for name, spec in signature.inputs.items()}
        answers = self._loaded.signatures[signature.name](**tensors)
        return {name: answers[name].numpy() for name in signature.outputs}

    def close(self) -> None:
        self._loaded = None


def _graph_of(path: Path, tags: Sequence[str]) -> Any:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel.FromString((path / "saved_model.pb").read_bytes())
    return next(graph for graph in saved.meta_graphs if set(graph.meta_info_def.tags) == set(tags))


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
