"""POST /v1/models/{model}[/versions/{version}|/labels/{label}]:predict."""

from __future__ import annotations

from shipway.data.model.signature import Signature
from shipway.serving.examples.signatures import check_prediction
from shipway.serving.rest.exchange import JSON, Exchange
from shipway.serving.rest.json_body import read_object
from shipway.serving.rest.opening import open_call
from shipway.serving.rest.predict_json import PredictReader, signature_name_of, write_predictions
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target
from shipway.serving.servable import Servable
from shipway.serving.tracking import TRACKING


async def predict(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer one predict request; raises `ServingFault`."""
    body = await exchange.body()
    plane = services.plane
    with open_call(plane, exchange, target) as call:
        request = read_object(body)
        signature = call.servable.signature(signature_name_of(request))
        inputs = _reader(call.servable, signature, services.check_method).read(request)
        answer = await plane.infer(call, signature, inputs.feed, inputs.rows, is_solo=inputs.is_solo)
        response = write_predictions(answer.arrays(), by_row=inputs.by_row)
        await exchange.respond(200, response, JSON, ((TRACKING, call.tracking_id.encode()),))


def _reader(servable: Servable, signature: Signature, check_method: bool) -> PredictReader:
    key = ("predict_json", signature.name)
    reader = servable.kept.get(key)
    if reader is None:
        check_prediction(signature, check_method=check_method)
        reader = servable.kept[key] = PredictReader(signature)
    return reader
