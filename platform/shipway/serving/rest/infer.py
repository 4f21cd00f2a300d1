"""POST /v2/models/{model}[/versions/{version}]/infer."""

from __future__ import annotations

from typing import Any

from shipway.data.model.signature import Signature
from shipway.serving.examples.signatures import check_prediction
from shipway.serving.faults import InvalidRequest
from shipway.serving.rest.exchange import JSON, Exchange
from shipway.serving.rest.infer_request import InferReader, id_of, signature_of
from shipway.serving.rest.infer_response import wanted_outputs, write_infer
from shipway.serving.rest.json_body import read_object
from shipway.serving.rest.opening import open_call
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target
from shipway.serving.servable import Servable
from shipway.serving.tracking import TRACKING

JSON_LENGTH_HEADER = "inference-header-content-length"
JSON_LENGTH = JSON_LENGTH_HEADER.encode()
BINARY = b"application/octet-stream"
MOST_DIGITS = 18


class BadJsonLength(InvalidRequest):
    """The header that says where the JSON ends, and does not."""

    def __init__(self, given: str, size: int) -> None:
        super().__init__(
            f"The header Inference-Header-Content-Length is {given[:64]!r} for a body of {size} bytes: send the number "
            "of bytes that are JSON."
        )


async def infer(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer one inference request; raises `ServingFault`."""
    body = await exchange.body()
    text, raw = _parts(exchange, body)
    request = read_object(text)
    own_id = id_of(request)
    plane = services.plane
    with open_call(plane, exchange, target, own_id) as call:
        servable = call.servable
        signature = servable.signature(signature_of(request))
        inputs = _reader(servable, signature, services.check_method).read(request, raw)
        wanted = wanted_outputs(request, signature)
        answer = await plane.infer(call, signature, inputs.feed, inputs.rows, is_solo=inputs.is_solo)
        head: dict[str, Any] = {
            "model_name": servable.name,
            "model_version": str(call.servable.version),
            "id": own_id or call.tracking_id,
        }
        response, json_length = write_infer(head, answer.arrays(), wanted)
        tracking = (TRACKING, call.tracking_id.encode())
        if json_length is None:
            await exchange.respond(200, response, JSON, (tracking,))
        else:
            await exchange.respond(200, response, BINARY, (tracking, (JSON_LENGTH, b"%d" % json_length)))


def _parts(exchange: Exchange, body: bytes) -> tuple[bytes, bytes]:
    """The JSON of a body, and the raw tensors behind it."""
    given = exchange.header(JSON_LENGTH_HEADER)
    if given is None:
        return body, b""
    if not (given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS and int(given) <= len(body)):
        raise BadJsonLength(given, len(body))
    return body[: int(given)], body[int(given) :]


def _reader(servable: Servable, signature: Signature, check_method: bool) -> InferReader:
    key = ("infer_json", signature.name)
    reader: InferReader | None = servable.kept.get(key)
    if reader is None:
        check_prediction(signature, check_method=check_method)
        reader = servable.kept[key] = InferReader(signature)
    return reader
