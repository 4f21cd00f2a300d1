"""The OpenAPI document: made of the table of routes, so that no route is left out, and of what is written of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shipway.serving.rest.infer import JSON_LENGTH_HEADER
from shipway.serving.rest.openapi.open_inference import OPEN_INFERENCE
from shipway.serving.rest.openapi.operations import BINARY, JSON, OPERATIONS, Operation
from shipway.serving.rest.openapi.schemas import SERVING, STRING, VERSION, Schema, ref
from shipway.serving.tracking import TRACKING_HEADER

if TYPE_CHECKING:
    from shipway.serving.rest.route import Route

PLACES = {
    "model": {"type": "string", "minLength": 1, "description": "The model's name."},
    "version": {**VERSION, "description": "The version's number."},
    "label": {"type": "string", "minLength": 1, "description": "A label of one of the model's versions."},
}

ERRORS = {
    400: "The request is wrong, or asks for what the state of the server does not allow.",
    401: "No token, or another one than the server's.",
    404: "No such model or version.",
    409: "Somebody else is changing the same.",
    413: "The body is larger than the server takes.",
    429: "More is asked than can be answered in time: come back later.",
    500: "The model failed.",
    501: "The server does not do this.",
    503: "Not ready: loading, or shutting down.",
    504: "The time was over before the model answered.",
}

OTHER_SCHEMAS: dict[str, Schema] = {
    "Exposition": {"type": "string", "description": "Metrics in Prometheus' text format."},
    "Description": {"type": "object"},
}

TRACKING_PARAMETER = {
    "name": TRACKING_HEADER,
    "in": "header",
    "schema": STRING,
    "description": "The caller's id of the request, which the answer carries too; one is made where there is none.",
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The whole document."""
    from importlib.metadata import version

    paths: dict[str, dict[str, Any]] = {}
    taken: set[str] = set()
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, taken)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Shipway serving",
            "version": version("shipway"),
            "description": "TensorFlow Serving's REST API, the Open Inference Protocol, and the server's own affairs.",
        },
        "paths": paths,
        "components": {
            "schemas": {**SERVING, **OPEN_INFERENCE, **OTHER_SCHEMAS},
            "responses": {str(status): _error(text) for status, text in ERRORS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(route: Route, taken: set[str]) -> dict[str, Any]:
    name = route.handler.__name__
    written = OPERATIONS[name]
    operation: dict[str, Any] = {
        "operationId": _operation_id(route, taken),
        "summary": (route.handler.__doc__ or "").partition(";")[0].strip().rstrip("."),
        "tags": [written.tag],
        "parameters": _parameters(route, written),
        "responses": _responses(route, written),
    }
    if written.body:
        operation["requestBody"] = {"required": written.is_body_required, "content": _content(written, written.body)}
    if route.is_open:
        operation["security"] = [{}]
    return operation


def _operation_id(route: Route, taken: set[str]) -> str:
    """The handler's name, and what is different in this path."""
    name = route.handler.__name__
    ways = [place for place in ("version", "label") if f"{{{place}}}" in route.path and place not in name]
    wanted = "_by_".join([name, *ways])
    unique, number = wanted, 1
    while unique in taken:
        number += 1
        unique = f"{wanted}_{number}"
    taken.add(unique)
    return unique


def _parameters(route: Route, written: Operation) -> list[dict[str, Any]]:
    places = [
        {"name": place, "in": "path", "required": True, "schema": schema}
        for place, schema in PLACES.items()
        if f"{{{place}}}" in route.path
    ]
    if not written.body:
        return places
    if written.binary:
        length = {"type": "integer", "minimum": 0}
        places.append({"name": JSON_LENGTH_HEADER, "in": "header", "schema": length})
    return [*places, TRACKING_PARAMETER]


def _responses(route: Route, written: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if written.answer:
        responses["200"] = {"description": "The answer.", "content": _content(written, written.answer)}
    for status in written.errors if route.is_open else (401, *written.errors):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    if written.not_ready:
        responses["503"] = {"description": "Not ready.", "content": {JSON: {"schema": ref(written.not_ready)}}}
    return dict(sorted(responses.items()))


def _content(written: Operation, schema: str) -> dict[str, Any]:
    content: dict[str, Any] = {written.media_type: {"schema": ref(schema)}}
    if written.binary:
        content[BINARY] = {"schema": {"type": "string", "format": "binary"}}
    return content


def _error(text: str) -> dict[str, Any]:
    return {"description": text, "content": {JSON: {"schema": ref("Error")}}}
