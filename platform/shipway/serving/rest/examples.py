"""POST /v1/models/{model}[/versions/{version}|/labels/{label}]:classify and :regress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shipway.serving.call import Call
from shipway.serving.examples import inference
from shipway.serving.examples.signatures import check_classification, check_regression
from shipway.serving.rest.example_json import read_examples, write_classifications, write_regressions
from shipway.serving.rest.exchange import JSON, Exchange
from shipway.serving.rest.json_body import read_object
from shipway.serving.rest.opening import open_call
from shipway.serving.rest.predict_json import signature_name_of
from shipway.serving.rest.services import Services
from shipway.serving.rest.target import Target
from shipway.serving.tracking import TRACKING


async def classify(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer with the classes of each example; raises `ServingFault`."""
    body = await exchange.body()
    with open_call(services.plane, exchange, target) as call:
        request, name = _read(body)
        check_classification(call.servable.signature(name), check_method=services.check_method)
        results = await inference.classify(services.plane, call, name, read_examples(request))
        await _answer(exchange, call, write_classifications(results))


async def regress(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer with the value of each example; raises `ServingFault`."""
    body = await exchange.body()
    with open_call(services.plane, exchange, target) as call:
        request, name = _read(body)
        check_regression(call.servable.signature(name), check_method=services.check_method)
        values = await inference.regress(services.plane, call, name, read_examples(request))
        await _answer(exchange, call, write_regressions(values))


def _read(body: bytes) -> tuple[Mapping[str, Any], str]:
    request = read_object(body)
    return request, signature_name_of(request)


async def _answer(exchange: Exchange, call: Call, body: bytes) -> None:
    await exchange.respond(200, body, JSON, ((TRACKING, call.tracking_id.encode()),))
