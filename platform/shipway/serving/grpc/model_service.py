"""TensorFlow Serving's ModelService: the states of versions, and another configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, GetModelStatusResponse
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest, ReloadConfigResponse

from shipway.serving.config.model_config import ModelConfig, model_configs_of
from shipway.serving.faults import InvalidRequest, ModelNotFound
from shipway.serving.grpc.model_spec import spec_of, target_of
from shipway.serving.grpc.rpc import Rpc, parsed
from shipway.serving.servable import Catalog

MODEL_SERVICE = "tensorflow.serving.ModelService"


class Reconfigured(Protocol):
    """What takes another configuration."""

    async def reconfigure(self, models: Sequence[ModelConfig]) -> None:
        """Raises `ShipwayError`s that say why it does not."""


class NoSuchVersion(ModelNotFound):
    """The model never had this version."""

    def __init__(self, model: str, version: int) -> None:
        super().__init__(f"Could not find version {version} of model {model}: ask without a version for all of them.")


class NoVersions(ModelNotFound):
    """Nothing is known of the model."""

    def __init__(self, model: str, known: Sequence[str]) -> None:
        names = ", ".join(sorted(known)) or "none"
        super().__init__(f"Could not find any versions of model {model}. Models served here: {names}.")


class NoModelList(InvalidRequest):
    """A configuration that lists no models."""

    def __init__(self) -> None:
        super().__init__(
            "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently "
            "supported: set config.model_config_list."
        )


class ModelService:
    """The methods."""

    def __init__(self, catalog: Catalog, lifecycle: Reconfigured) -> None:
        self._catalog = catalog
        self._lifecycle = lifecycle

    async def get_model_status(self, rpc: Rpc, message: bytes) -> bytes:
        """The version asked for, or all of them, newest first; a label is ignored, as in TensorFlow Serving."""
        request = parsed(GetModelStatusRequest, message)
        name, version, _ = target_of(spec_of(request))
        model = self._catalog.models.get(name)
        statuses = {} if model is None else model.statuses
        if version is not None and version not in statuses:
            raise NoSuchVersion(name, version)
        if not statuses:
            raise NoVersions(name, list(self._catalog.models))
        response = GetModelStatusResponse()
        for number in sorted(statuses, reverse=True) if version is None else [version]:
            status = statuses[number]
            one = response.model_version_status.add(version=number, state=int(status.state))
            one.status.error_code = int(status.code)
            one.status.error_message = status.message
        serialized: bytes = response.SerializeToString()
        return serialized

    async def handle_reload_config_request(self, rpc: Rpc, message: bytes) -> bytes:
        """Serve other models from now on; answers when they are available."""
        request = parsed(ReloadConfigRequest, message)
        if request.config.WhichOneof("config") != "model_config_list":
            raise NoModelList
        await self._lifecycle.reconfigure(model_configs_of(request.config, "the request's config") or ())
        response = ReloadConfigResponse()
        response.status.SetInParent()
        for name in request.metric_names:
            # TensorFlow Serving's own metrics do not exist here, and one that does not exist did not increase.
            response.metric.add(name=name, int64_value_increase=0)
        serialized: bytes = response.SerializeToString()
        return serialized
