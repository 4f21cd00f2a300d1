"""The two models that every server serves, with the same 18 inputs and one output.

`quick` costs so little that what is measured is the server. `slow` has layers on top until one row costs about 4 ms,
and many rows at once cost much less each, as a real net does. Both answer `row_id` plus a fraction that the net makes
of the other features, so that an answer that reached the wrong caller shows.

Run as a program it writes both below the folder that it is given: `quick/1`, `slow/1`.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import features
import numpy as np
import tensorflow as tf
from workplace import QUICK, SLOW

SIGNATURE = "serving_default"
OUTPUT = "outputs"
EMBEDDING = 4
HIDDEN = (64, 32)
SLOW_LAYERS = 28
SLOW_WIDTH = 1024
"""Weights of 4 MiB a layer, 112 MiB together: more than the caches hold, so that one row waits for memory."""


def input_signature() -> dict[str, tf.TensorSpec]:
    """Name to the type of one value a row: float32, int64 or string, each of shape [None]."""
    kinds = {features.FLOATS: tf.float32, features.INTEGERS: tf.int64, features.STRINGS: tf.string}
    return {name: tf.TensorSpec([None], kind, name) for names, kind in kinds.items() for name in names}


class TaxiNet(tf.Module):
    """Lookup tables, embeddings and dense layers. No Keras: what it traces loads in a session in every version."""

    def __init__(self, slow_layers: int) -> None:
        super().__init__()
        self._random = np.random.default_rng(1)
        words = tf.constant(features.vocabulary())
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(words, tf.range(len(features.vocabulary()), dtype=tf.int64)),
            default_value=features.VOCABULARY_SIZE,
        )
        self.embeddings = self._weights(features.VOCABULARY_SIZE + 1, EMBEDDING)
        width = len(features.FLOATS) + len(features.INTEGERS) - 1 + EMBEDDING * len(features.STRINGS)
        widths = [width, *HIDDEN, *([SLOW_WIDTH] * (slow_layers + 1 if slow_layers else 0)), 1]
        self.layers = [self._weights(before, after) for before, after in pairwise(widths)]

    def __call__(self, values: dict[str, tf.Tensor]) -> tf.Tensor:
        """Rows of features to float32 [rows, 1]: the row's number plus a fraction in (0, 1)."""
        numbers = [values[name] for name in features.FLOATS]
        numbers += [tf.cast(values[name], tf.float32) / 1000 for name in features.INTEGERS if name != "row_id"]
        words = tf.stack([values[name] for name in features.STRINGS], axis=1)
        embedded = tf.gather(self.embeddings, self.table.lookup(words))
        net = tf.concat(
            [tf.stack(numbers, axis=1), tf.reshape(embedded, [-1, EMBEDDING * len(features.STRINGS)])], axis=1
        )
        for weights in self.layers[:-1]:
            net = tf.nn.relu(tf.matmul(net, weights))
        fraction = tf.sigmoid(tf.matmul(net, self.layers[-1]))
        return tf.cast(values["row_id"], tf.float32)[:, tf.newaxis] + fraction

    def _weights(self, rows: int, columns: int) -> tf.Variable:
        # He's scale keeps the values of a deep stack of rectified layers of the same size from layer to layer.
        return tf.Variable(self._random.normal(0, (2 / rows) ** 0.5, (rows, columns)).astype(np.float32))


def save(folder: Path, slow_layers: int) -> None:
    """Write the SavedModel into `folder`; any model server can load it, in a session or eagerly."""
    net = TaxiNet(slow_layers)

    @tf.function(input_signature=[input_signature()])
    def serve(values: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {OUTPUT: net(values)}

    net.serve = serve
    tf.saved_model.save(net, str(folder), signatures={SIGNATURE: serve})


def feed(rows: list[features.Row]) -> dict[str, np.ndarray[Any, Any]]:
    """The rows as the arrays that the signature takes, each of shape [rows]."""
    specs = input_signature()
    return {name: np.array([row[name] for row in rows], specs[name].dtype.as_numpy_dtype) for name in features.NAMES}


def main(folder: Path) -> None:
    for name, layers in ((QUICK, 0), (SLOW, SLOW_LAYERS)):
        save(folder / name / "1", layers)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
