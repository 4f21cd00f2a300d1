"""Keeps AutoGraph away from libraries that need none of it.

AutoGraph rewrites whatever Python code a `tf.function` calls, so that `if` and `for` over tensors work in a graph. It
knows to leave alone `tensorflow` and `keras`, but neither Keras 2 under its present name `tf_keras`, nor TF Transform
and what that stands on: their code is written in graph operations and pays 10 to 25 seconds of rewriting for nothing.
Code of the user's own is converted as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

LIBRARIES = (
    "shipway", "shipway_components", "tf_keras", "tensorflow_transform", "tfx_bsl", "tensorflow_metadata", "google",
    "keras_tuner",
)  # fmt: skip


@contextmanager
def libraries_unconverted() -> Iterator[None]:
    """Within the block, AutoGraph calls the functions of `LIBRARIES` as they are."""
    from tensorflow.python.autograph.core import config

    rules = config.CONVERSION_RULES
    config.CONVERSION_RULES = (*(config.DoNotConvert(name) for name in LIBRARIES), *rules)
    try:
        yield
    finally:
        config.CONVERSION_RULES = rules
