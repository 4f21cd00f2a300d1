"""SavedModels, called through a session where they load into one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shipway.data.model.serving_model import ServingModel, first_line
from shipway.data.model.signature import Signature
from shipway.serving.faults import InvalidRequest
from shipway.serving.model import Arrays, Model


class TensorFlowModel:
    """A SavedModel."""

    platform = "tensorflow"

    def __init__(self, model: ServingModel) -> None:
        self._model = model
        self.signatures: Mapping[str, Signature] = model.signatures

    def call(self, signature: Signature, feed: Arrays) -> Arrays:
        from tensorflow.errors import InvalidArgumentError

        try:
            return self._model.call(feed, signature.name)
        except InvalidArgumentError as error:
            raise InvalidRequest(first_line(error)) from error

    def close(self) -> None:
        self._model.close()


class TensorFlowRuntime:
    """TensorFlow's SavedModel format."""

    platform = "tensorflow"

    def prepare(self) -> None:
        import tensorflow as tf

        with tf.compat.v1.Session(graph=tf.Graph()):
            """The first session starts TensorFlow's threads."""

    def recognises(self, folder: Path) -> bool:
        return (folder / "saved_model.pb").is_file()

    def load(self, folder: Path) -> Model:
        """Raises `ModelUnloadable`."""
        return TensorFlowModel(ServingModel.load(folder))
