"""Predictions as TFRecords of tensorflow.serving.PredictionLog, the form in which TFX's BulkInferrer writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np


def log_file_name(number: int, count: int) -> str:
    """The file of one split; all together are the shards of one log, as TFX names them."""
    return f"prediction_logs-{number:05d}-of-{count:05d}.gz"


def prediction_logs(
    inputs: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray], signature: str
) -> Iterator[bytes]:
    """A serialized PredictLog for each row, with its inputs and outputs as tensors [1, ...]; it can be replayed.

    Args:
        inputs: what the signature was fed, batch first.
        outputs: what it gave, batch first.
        signature: its name.
    """
    import tensorflow as tf
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    for row in range(len(next(iter(inputs.values())))):
        log = PredictionLog()
        request, response = log.predict_log.request, log.predict_log.response
        request.model_spec.signature_name = signature
        response.model_spec.signature_name = signature
        for tensors, arrays in ((request.inputs, inputs), (response.outputs, outputs)):
            for name, values in arrays.items():
                tensors[name].CopyFrom(tf.make_tensor_proto(values[row : row + 1]))
        yield log.SerializeToString()
