"""SavedModels, called through a session where they load into one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shipway.data.model.loading import AS_SERVED, LoadingOptions
from shipway.data.model.serving_model import ServingModel, first_line
from shipway.data.model.signature import Signature
from shipway.serving.faults import InvalidRequest
from shipway.serving.model import Arrays, Model
from shipway.serving.runtimes.unsafe_ops import refuse_unsafe_ops


class TensorFlowModel:
    """A SavedModel."""

    platform = "tensorflow"

    def __init__(self, model: ServingModel) -> None:
        self._model = model
        self.signatures: Mapping[str, Signature] = model.signatures

    def call(self, signature: Signature, feed: Arrays) -> Arrays:
        try:
            return self._model.call(feed, signature.name)
        except Exception as error:
            if _is_the_callers(error):
                raise InvalidRequest(first_line(error)) from error
            raise

    def close(self) -> None:
        self._model.close()


class TensorFlowRuntime:
    """TensorFlow's SavedModel format."""

    platform = "tensorflow"

    def __init__(self, options: LoadingOptions = AS_SERVED) -> None:
        self._options = options

    def prepare(self) -> None:
        import tensorflow as tf

        with tf.compat.v1.Session(graph=tf.Graph()):
            """The first session starts TensorFlow's threads."""

    def recognises(self, folder: Path) -> bool:
        return (folder / "saved_model.pb").is_file()

    def load(self, folder: Path) -> Model:
        """Raises `UnsafeGraph` and `ModelUnloadable`."""
        refuse_unsafe_ops(folder)
        return TensorFlowModel(ServingModel.load(folder, options=self._options))


def _is_the_callers(error: Exception) -> bool:
    from tensorflow.errors import InvalidArgumentError

    return isinstance(error, InvalidArgumentError)
