"""POST /v1/models/{model}[/versions/{version}|/labels/{label}]:predict."""

from __future__ import annotations

from dataclasses import dataclass

from shipway.data.model.signature import Signature
from shipway.serving.faults import InvalidRequest
from shipway.serving.plane import DataPlane
from shipway.serving.rest.exchange import JSON, Exchange
from shipway.serving.rest.json_body import read_object
from shipway.serving.rest.predict_json import PredictReader, write_predictions
from shipway.serving.servable import Servable

TRACKING_HEADER = "x-tracking-id"
TRACKING = TRACKING_HEADER.encode()


@dataclass(frozen=True)
class Target:
    """The model that a path names, and the version or label, if any."""

    model: str
    version: int | None = None
    label: str | None = None


async def predict(plane: DataPlane, exchange: Exchange, target: Target) -> None:
    """Answer one predict request; raises `ServingFault`."""
    body = await exchange.body()
    header = exchange.header
    with plane.open(
        target.model,
        target.version,
        target.label,
        transport="rest",
        header=header,
        tracking_id=header(TRACKING_HEADER) or "",
        arrived=exchange.arrived,
    ) as call:
        request = read_object(body)
        name = request.get("signature_name", "")
        if type(name) is not str:
            raise InvalidRequest("'signature_name' key must be a string value.")
        signature = call.servable.signature(name)
        inputs = _reader(call.servable, signature).read(request)
        answer = await plane.infer(call, signature, inputs.feed, inputs.rows, is_solo=inputs.is_solo)
        response = write_predictions(answer.arrays(), by_row=inputs.by_row)
        await exchange.respond(200, response, JSON, ((TRACKING, call.tracking_id.encode()),))


def _reader(servable: Servable, signature: Signature) -> PredictReader:
    key = ("predict_json", signature.name)
    reader = servable.kept.get(key)
    if reader is None:
        reader = servable.kept[key] = PredictReader(signature)
    return reader
