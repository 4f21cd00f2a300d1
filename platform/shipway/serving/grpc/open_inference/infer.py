"""ModelInfer."""

from __future__ import annotations

from typing import Any

from shipway.data.model.signature import Signature
from shipway.serving.examples.signatures import check_prediction
from shipway.serving.grpc.open_inference.infer_request import BadInfer, InferReader
from shipway.serving.grpc.open_inference.infer_response import wanted_outputs, write_outputs
from shipway.serving.grpc.open_inference.messages import messages
from shipway.serving.grpc.rpc import Rpc, parsed
from shipway.serving.open_inference.description import SIGNATURE_NAME
from shipway.serving.plane import DataPlane
from shipway.serving.servable import Servable
from shipway.serving.tensor_shapes import rows_in_common
from shipway.serving.tracking import as_tracking_id


class Infer:
    """The method.

    Args:
        check_method: let only signatures predict whose method name says so.
    """

    def __init__(self, plane: DataPlane, *, check_method: bool) -> None:
        self._plane = plane
        self._check_method = check_method
        self._request = messages().ModelInferRequest
        self._response = messages().ModelInferResponse

    async def model_infer(self, rpc: Rpc, message: bytes) -> bytes:
        request = parsed(self._request, message)
        own_id = request.id
        with rpc.open(request.model_name, *version_or_label(request.model_version), as_tracking_id(own_id)) as call:
            signature = call.servable.signature(_signature_name(request))
            wanted = wanted_outputs(request, signature)
            feed = self._reader(call.servable, signature).read(request)
            rows = rows_in_common(feed)
            answer = await self._plane.infer(call, signature, feed, rows or 1, is_solo=not rows)
            response = self._response(
                model_name=call.servable.name, model_version=str(call.servable.version), id=own_id or call.tracking_id
            )
            write_outputs(response, answer.arrays(), wanted, raw=bool(request.raw_input_contents))
            serialized: bytes = response.SerializeToString()
            return serialized

    def _reader(self, servable: Servable, signature: Signature) -> InferReader:
        key: Any = ("grpc_infer", signature.name)
        reader: InferReader | None = servable.kept.get(key)
        if reader is None:
            check_prediction(signature, check_method=self._check_method)
            reader = servable.kept[key] = InferReader(signature)
        return reader


def version_or_label(text: str) -> tuple[int | None, str | None]:
    """What the protocol's version, a text, stands for: a number is a version, nothing the latest one, all else a
    label."""
    if not text:
        return None, None
    return (int(text), None) if text.isascii() and text.isdigit() else (None, text)


def _signature_name(request: Any) -> str:
    """The signature that the request's parameters choose, empty for the default one; raises `BadInfer`."""
    if SIGNATURE_NAME not in request.parameters:
        return ""
    parameter = request.parameters[SIGNATURE_NAME]
    if parameter.WhichOneof("parameter_choice") != "string_param":
        raise BadInfer(f"The parameter {SIGNATURE_NAME!r} is no string_param: send the name of a signature.")
    name: str = parameter.string_param
    return name
