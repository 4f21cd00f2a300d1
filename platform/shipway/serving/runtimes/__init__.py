"""The frameworks that models can be served of. A runtime is a file here, and a line in `RUNTIMES`."""

from collections.abc import Sequence

from shipway.data.model.loading import LoadingOptions
from shipway.serving.model import Runtime
from shipway.serving.runtimes.sklearn import SklearnRuntime
from shipway.serving.runtimes.tensorflow import TensorFlowRuntime

RUNTIMES: tuple[Runtime, ...] = (TensorFlowRuntime(), SklearnRuntime())
"""All of them, in the order in which they are asked whether a folder is theirs."""


def runtimes(saved_model_tags: Sequence[str], session_config: bytes) -> tuple[Runtime, ...]:
    """`RUNTIMES`, with TensorFlow told which graphs to load and how.

    Args:
        saved_model_tags: of the graph in a SavedModel.
        session_config: a serialized `tensorflow.ConfigProto`, or nothing.
    """
    tensorflow = TensorFlowRuntime(LoadingOptions(saved_model_tags, session_config))
    return tuple(tensorflow if runtime.platform == tensorflow.platform else runtime for runtime in RUNTIMES)
