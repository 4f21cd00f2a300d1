"""What the protocol asks of the server, its models and its repository, all but inference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from shipway.serving.faults import NotReady
from shipway.serving.grpc.open_inference.infer import version_or_label
from shipway.serving.grpc.open_inference.messages import index_messages, messages
from shipway.serving.grpc.rpc import Rpc, parsed
from shipway.serving.open_inference.description import READY, model_metadata, server_metadata
from shipway.serving.plane import DataPlane


class Repository(Protocol):
    """What loads and unloads models."""

    @property
    def is_ready(self) -> bool: ...

    async def load(self, name: str) -> None:
        """Raises `ServingFault`."""

    async def unload(self, name: str) -> None:
        """Raises `ServingFault`."""

    def index(self) -> Sequence[tuple[str, str, str, str]]:
        """Name, version, state and reason of every version."""


class OpenInference:
    """The methods."""

    def __init__(self, plane: DataPlane, repository: Repository) -> None:
        self._plane = plane
        self._repository = repository
        self._messages = messages()
        self._index_messages = index_messages()

    async def server_live(self, rpc: Rpc, message: bytes) -> bytes:
        parsed(self._messages.ServerLiveRequest, message)
        return _serialized(self._messages.ServerLiveResponse(live=True))

    async def server_ready(self, rpc: Rpc, message: bytes) -> bytes:
        parsed(self._messages.ServerReadyRequest, message)
        is_ready = self._repository.is_ready and not self._plane.is_draining
        return _serialized(self._messages.ServerReadyResponse(ready=is_ready))

    async def model_ready(self, rpc: Rpc, message: bytes) -> bytes:
        """Whether the model, or one version of it, can be asked; a model or version that is unknown is not found."""
        request = parsed(self._messages.ModelReadyRequest, message)
        model = self._plane.catalog.model(request.name)
        try:
            model.find(*version_or_label(request.version))
        except NotReady:
            return _serialized(self._messages.ModelReadyResponse(ready=False))
        return _serialized(self._messages.ModelReadyResponse(ready=True))

    async def server_metadata(self, rpc: Rpc, message: bytes) -> bytes:
        parsed(self._messages.ServerMetadataRequest, message)
        return _serialized(self._messages.ServerMetadataResponse(**server_metadata()))

    async def model_metadata(self, rpc: Rpc, message: bytes) -> bytes:
        request = parsed(self._messages.ModelMetadataRequest, message)
        model = self._plane.catalog.model(request.name)
        servable = model.find(*version_or_label(request.version))
        return _serialized(self._messages.ModelMetadataResponse(**model_metadata(model, servable)))

    async def repository_index(self, rpc: Rpc, message: bytes) -> bytes:
        request = parsed(self._index_messages["RepositoryIndexRequest"], message)
        response = self._index_messages["RepositoryIndexResponse"]()
        for name, version, state, reason in self._repository.index():
            if state == READY or not request.ready:
                response.models.add(name=name, version=version, state=state, reason=reason)
        return _serialized(response)

    async def repository_model_load(self, rpc: Rpc, message: bytes) -> bytes:
        name = parsed(self._messages.RepositoryModelLoadRequest, message).model_name
        await self._repository.load(name)
        return _serialized(self._messages.RepositoryModelLoadResponse(model_name=name, isLoaded=True))

    async def repository_model_unload(self, rpc: Rpc, message: bytes) -> bytes:
        name = parsed(self._messages.RepositoryModelUnloadRequest, message).model_name
        await self._repository.unload(name)
        return _serialized(self._messages.RepositoryModelUnloadResponse(model_name=name, isUnloaded=True))


def _serialized(response: Any) -> bytes:
    message: bytes = response.SerializeToString()
    return message
