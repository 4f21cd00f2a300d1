"""TensorFlow Serving's PredictionService."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorflow_serving.apis.predict_pb2 import PredictRequest

from shipway.data.model.signature import SERVING_DEFAULT, Signature
from shipway.serving.examples.signatures import check_prediction
from shipway.serving.faults import Conflicting
from shipway.serving.grpc.model_spec import spec_of, target_of
from shipway.serving.grpc.predict_codec import PredictCodec
from shipway.serving.grpc.rpc import Rpc, parsed
from shipway.serving.plane import DataPlane
from shipway.serving.servable import Servable
from shipway.serving.tensor_shapes import rows_in_common

PREDICTION_SERVICE = "tensorflow.serving.PredictionService"


class SignatureNotFound(Conflicting):
    """The version has no such signature: over gRPC a failed precondition, as in TensorFlow Serving."""

    def __init__(self, name: str, known: Mapping[str, Signature]) -> None:
        super().__init__(
            f'Serving signature key "{name}" not found: the model has {", ".join(sorted(known)) or "none"}.'
        )


class Prediction:
    """The method Predict.

    Args:
        as_content: answer with `tensor_content` instead of typed fields.
        check_method: let only signatures predict whose method name says so.
    """

    def __init__(self, plane: DataPlane, max_request_bytes: int, *, as_content: bool, check_method: bool) -> None:
        self._plane = plane
        self._max_request_bytes = max_request_bytes
        self._as_content = as_content
        self._check_method = check_method

    async def predict(self, rpc: Rpc, message: bytes) -> bytes:
        request = parsed(PredictRequest, message)
        spec = spec_of(request)
        with rpc.open(*target_of(spec)) as call:
            codec = self._codec(call.servable, spec.signature_name)
            chosen = codec.chosen_outputs(request.output_filter)
            feed = codec.read(request.inputs)
            rows = rows_in_common(feed)
            answer = await self._plane.infer(call, codec.signature, feed, rows or 1, is_solo=not rows)
            return codec.write(call, answer, chosen)

    def _codec(self, servable: Servable, name: str) -> PredictCodec:
        key: Any = ("grpc_predict", name)
        codec: PredictCodec | None = servable.kept.get(key)
        if codec is None:
            signature = servable.model.signatures.get(name or SERVING_DEFAULT)
            if signature is None:
                raise SignatureNotFound(name or SERVING_DEFAULT, servable.model.signatures)
            check_prediction(signature, check_method=self._check_method)
            codec = PredictCodec(signature, self._max_request_bytes, as_content=self._as_content)
            servable.kept[key] = codec
        return codec
