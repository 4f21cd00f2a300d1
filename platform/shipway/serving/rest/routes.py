"""All that the server answers to."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.serving.rest.describe import openapi
from shipway.serving.rest.examples import classify, regress
from shipway.serving.rest.health import healthz, readyz, server_live, server_ready
from shipway.serving.rest.infer import infer
from shipway.serving.rest.labels import delete_label, set_label
from shipway.serving.rest.metrics import metrics
from shipway.serving.rest.model_metadata import model_metadata
from shipway.serving.rest.model_status import model_status, no_model_status
from shipway.serving.rest.open_inference import (
    list_models,
    load_model,
    model_ready,
    open_model_metadata,
    repository_index,
    server_metadata,
    unload_model,
)
from shipway.serving.rest.predict import predict
from shipway.serving.rest.route import Handler, Route
from shipway.serving.rest.traffic import change_traffic, show_traffic


def _for_versions(method: str, ending: str, handler: Handler, *, infers: bool = False) -> list[Route]:
    """TensorFlow Serving's three ways to name a version: not at all, by its number, by its label."""
    paths = ("/v1/models/{model}", "/v1/models/{model}/versions/{version}", "/v1/models/{model}/labels/{label}")
    return [Route(method, path + ending, handler, infers=infers) for path in paths]


def _for_open_versions(method: str, ending: str, handler: Handler, *, infers: bool = False) -> list[Route]:
    """The Open Inference Protocol's two ways."""
    paths = ("/v2/models/{model}", "/v2/models/{model}/versions/{version}")
    return [Route(method, path + ending, handler, infers=infers) for path in paths]


ROUTES = (
    *_for_versions("POST", ":predict", predict, infers=True),
    *_for_versions("POST", ":classify", classify, infers=True),
    *_for_versions("POST", ":regress", regress, infers=True),
    *_for_versions("GET", "", model_status),
    *_for_versions("GET", "/metadata", model_metadata),
    Route("GET", "/v1/models", no_model_status),
    Route("PUT", "/v1/models/{model}/labels/{label}", set_label),
    Route("DELETE", "/v1/models/{model}/labels/{label}", delete_label),
    Route("GET", "/v1/traffic", show_traffic),
    Route("PUT", "/v1/traffic", change_traffic),
    Route("GET", "/v2", server_metadata),
    Route("GET", "/v2/models", list_models),
    Route("GET", "/v2/health/live", server_live, is_open=True),
    Route("GET", "/v2/health/ready", server_ready, is_open=True),
    *_for_open_versions("POST", "/infer", infer, infers=True),
    *_for_open_versions("GET", "", open_model_metadata),
    *_for_open_versions("GET", "/ready", model_ready),
    Route("POST", "/v2/repository/index", repository_index),
    Route("POST", "/v2/repository/models/{model}/load", load_model),
    Route("POST", "/v2/repository/models/{model}/unload", unload_model),
    Route("GET", "/", healthz, is_open=True),  # what KServe's client asks by its first protocol
    Route("GET", "/healthz", healthz, is_open=True),
    Route("GET", "/readyz", readyz, is_open=True),
    Route("GET", "/openapi.json", openapi),
)


def routes_with_metrics(paths: Sequence[str]) -> tuple[Route, ...]:
    """The table with the metrics page, under each of `paths`."""
    return (*ROUTES, *(Route("GET", path, metrics) for path in dict.fromkeys(paths)))
