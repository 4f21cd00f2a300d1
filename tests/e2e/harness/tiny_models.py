"""Writes SavedModels that answer with a number, in a process of its own: python tiny_models.py FOLDER NUMBER..."""

import sys
from pathlib import Path

import tensorflow as tf


class Answering(tf.Module):
    """Takes `x` and gives `y`, its number, for each row."""

    def __init__(self, number: float) -> None:
        super().__init__()
        self.number = tf.Variable(number)

    def __call__(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"y": 0 * x + self.number}


def write_model(folder: Path, number: float) -> None:
    model = Answering(number)
    signature = tf.function(model.__call__).get_concrete_function(tf.TensorSpec([None], tf.float32, name="x"))
    tf.saved_model.save(model, str(folder), signatures={"serving_default": signature})


if __name__ == "__main__":
    for word in sys.argv[2:]:
        write_model(Path(sys.argv[1]) / word / "Format-Serving", float(word))
