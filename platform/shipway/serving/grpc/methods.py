"""The table of the server's methods."""

from __future__ import annotations

import asyncio
from typing import Protocol

import grpc

from shipway.serving.config.options import ServerOptions
from shipway.serving.grpc.example_service import ExampleInference
from shipway.serving.grpc.gathering import Gathering
from shipway.serving.grpc.health_service import HEALTH_SERVICE, Health, Ready
from shipway.serving.grpc.model_metadata import ModelMetadata
from shipway.serving.grpc.model_service import MODEL_SERVICE, ModelService, Reconfigured
from shipway.serving.grpc.open_inference.infer import Infer
from shipway.serving.grpc.open_inference.messages import SERVICE as OPEN_INFERENCE_SERVICE
from shipway.serving.grpc.open_inference.service import OpenInference, Repository
from shipway.serving.grpc.prediction_service import PREDICTION_SERVICE, Prediction
from shipway.serving.grpc.reflection_service import REFLECTION_SERVICE, Reflection
from shipway.serving.grpc.rpc import Authorising, Method, Methods
from shipway.serving.plane import DataPlane

SERVICES = (PREDICTION_SERVICE, MODEL_SERVICE, OPEN_INFERENCE_SERVICE)
SHORT_NAMES = ("PredictionService", "ModelService")
"""Under which TensorFlow Serving tells the health of its services."""


class Governing(Ready, Reconfigured, Repository, Protocol):
    """What the methods ask of the lifecycle."""


def unary_methods(
    plane: DataPlane, lifecycle: Governing, authoriser: Authorising, options: ServerOptions, health: Health
) -> Methods:
    """All methods with one request and one response. Those that infer gather with each other."""
    check_method = options.enable_signature_method_name_check
    together = Gathering(asyncio.get_running_loop())
    prediction = Prediction(
        plane,
        options.max_request_bytes,
        as_content=options.enable_serialization_as_tensor_content,
        check_method=check_method,
    )
    examples = ExampleInference(plane, check_method=check_method)
    infer = Infer(plane, check_method=check_method)
    models = ModelService(plane.catalog, lifecycle)
    open_inference = OpenInference(plane, lifecycle)
    methods = {
        f"/{PREDICTION_SERVICE}/Predict": Method(prediction.predict, together),
        f"/{PREDICTION_SERVICE}/Classify": Method(examples.classify, together),
        f"/{PREDICTION_SERVICE}/Regress": Method(examples.regress, together),
        f"/{PREDICTION_SERVICE}/MultiInference": Method(examples.multi_inference, together),
        f"/{PREDICTION_SERVICE}/GetModelMetadata": Method(ModelMetadata(plane.catalog).get_model_metadata),
        f"/{MODEL_SERVICE}/GetModelStatus": Method(models.get_model_status),
        f"/{MODEL_SERVICE}/HandleReloadConfigRequest": Method(models.handle_reload_config_request),
        f"/{OPEN_INFERENCE_SERVICE}/ModelInfer": Method(infer.model_infer, together),
        f"/{OPEN_INFERENCE_SERVICE}/ServerLive": Method(open_inference.server_live, is_open_to_all=True),
        f"/{OPEN_INFERENCE_SERVICE}/ServerReady": Method(open_inference.server_ready, is_open_to_all=True),
        f"/{OPEN_INFERENCE_SERVICE}/ModelReady": Method(open_inference.model_ready),
        f"/{OPEN_INFERENCE_SERVICE}/ServerMetadata": Method(open_inference.server_metadata),
        f"/{OPEN_INFERENCE_SERVICE}/ModelMetadata": Method(open_inference.model_metadata),
        f"/{OPEN_INFERENCE_SERVICE}/RepositoryIndex": Method(open_inference.repository_index),
        f"/{OPEN_INFERENCE_SERVICE}/RepositoryModelLoad": Method(open_inference.repository_model_load),
        f"/{OPEN_INFERENCE_SERVICE}/RepositoryModelUnload": Method(open_inference.repository_model_unload),
    }
    if options.enable_grpc_healthcheck_service:
        methods[f"/{HEALTH_SERVICE}/Check"] = Method(health.check, is_open_to_all=True)
    return Methods(plane, authoriser, methods)


def streaming_methods(authoriser: Authorising, options: ServerOptions, health: Health) -> list[grpc.GenericRpcHandler]:
    """All methods that stream, which none that infers does."""
    reflection = Reflection([*SERVICES, HEALTH_SERVICE, REFLECTION_SERVICE], authoriser)
    handlers = [
        grpc.method_handlers_generic_handler(REFLECTION_SERVICE, {"ServerReflectionInfo": reflection.handler()})
    ]
    if options.enable_grpc_healthcheck_service:
        handlers.append(grpc.method_handlers_generic_handler(HEALTH_SERVICE, {"Watch": health.watching()}))
    return handlers
