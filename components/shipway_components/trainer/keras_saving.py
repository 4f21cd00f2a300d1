"""Makes `tf.saved_model.save` of a Keras 3 model write what a session can load.

Keras 3 keeps each `tf.Variable` inside a variable of its own. `tf.saved_model.save` then writes checkpoints that
restore in eager code but not in a session, which is how TensorFlow Serving loads ("Could not find variable ..."). When
the model also holds the bare variables, both load. Module files written for TFX end in `tf.saved_model.save`, and this
keeps them working as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def session_loadable_saves() -> Iterator[None]:
    """Within the block, `tf.saved_model.save` of a Keras 3 model is servable; other objects are saved as ever."""
    import keras
    import tensorflow as tf

    save = tf.saved_model.save

    def save_with_variables(obj: Any, export_dir: str, signatures: Any = None, options: Any = None) -> None:
        if isinstance(obj, keras.Model):
            obj._bare_variables = bare_variables(obj)
        save(obj, export_dir, signatures, options)

    tf.saved_model.save = save_with_variables
    try:
        yield
    finally:
        tf.saved_model.save = save


def bare_variables(model: Any) -> Any:
    """A `tf.Module` that holds the tf.Variables inside a Keras 3 model's variables."""
    import tensorflow as tf

    holder = tf.Module()
    holder.bare = [variable.value for variable in model.variables]
    return holder
