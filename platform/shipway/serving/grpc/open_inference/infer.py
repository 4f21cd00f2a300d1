"""ModelInfer."""

from __future__ import annotations

from typing import Any, NamedTuple

from shipway.data.model.signature import SERVING_DEFAULT, Signature
from shipway.serving.call import Feed
from shipway.serving.examples.signatures import check_prediction
from shipway.serving.grpc.open_inference.infer_request import BadInfer, InferReader
from shipway.serving.grpc.open_inference.infer_response import InferWriter, wanted_outputs
from shipway.serving.grpc.open_inference.messages import messages
from shipway.serving.grpc.open_inference.row_request import start_of_inputs
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

    async def model_infer(self, rpc: Rpc, message: bytes) -> bytes:
        start = start_of_inputs(message)
        request = parsed(self._request, message[:start] if start else message)
        own_id = request.id
        with rpc.open(request.model_name, *version_or_label(request.model_version), as_tracking_id(own_id)) as call:
            read = self._row(call.servable, message, start) if start else None
            if read is None:
                read = self._read(call.servable, parsed(self._request, message) if start else request)
            answer = await self._plane.infer(call, read.signature, read.feed, read.rows or 1, is_solo=not read.rows)
            writer = _writer(call.servable)
            return writer.write(own_id or call.tracking_id, answer.arrays(), read.wanted, raw=read.raw)

    def _row(self, servable: Servable, message: bytes, start: int) -> _Read | None:
        """What a request of one row asks for, if it has the form that such requests mostly have."""
        reader: InferReader | None = servable.kept.get(_key(SERVING_DEFAULT))
        row = None if reader is None else reader.row_reader.read(message, start)
        if reader is None or row is None:
            return None
        return _Read(reader.signature, list(reader.signature.outputs), row, 1, raw=False)

    def _read(self, servable: Servable, request: Any) -> _Read:
        signature = servable.signature(_signature_name(request))
        wanted = wanted_outputs(request, signature)
        feed = self._reader(servable, signature).read(request)
        return _Read(signature, wanted, feed, rows_in_common(feed), raw=bool(request.raw_input_contents))

    def _reader(self, servable: Servable, signature: Signature) -> InferReader:
        key = _key(signature.name)
        reader: InferReader | None = servable.kept.get(key)
        if reader is None:
            check_prediction(signature, check_method=self._check_method)
            reader = servable.kept[key] = InferReader(signature)
        return reader


def _key(signature_name: str) -> tuple[str, str]:
    return "grpc_infer", signature_name


class _Read(NamedTuple):
    """What a request asks for; `rows` is 0 where its inputs have none in common."""

    signature: Signature
    wanted: list[str]
    feed: Feed
    rows: int
    raw: bool


def _writer(servable: Servable) -> InferWriter:
    writer: InferWriter | None = servable.kept.get(InferWriter)
    if writer is None:
        writer = servable.kept[InferWriter] = InferWriter(servable.name, servable.version)
    return writer


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
