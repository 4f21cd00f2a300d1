"""Calling an exported model over columnar batches, the same way for evaluation, bulk inference and validation."""

from shipway.data.model.serving_model import (
    ModelUnloadable,
    RowsLost,
    ServingModel,
    UnknownSignature,
    feed_of,
    predict_batches,
)
from shipway.data.model.signature import PREDICT_FEATURES, SERVING_DEFAULT, Signature, TensorSpec

__all__ = [
    "PREDICT_FEATURES",
    "SERVING_DEFAULT",
    "ModelUnloadable",
    "RowsLost",
    "ServingModel",
    "Signature",
    "TensorSpec",
    "UnknownSignature",
    "feed_of",
    "predict_batches",
]
