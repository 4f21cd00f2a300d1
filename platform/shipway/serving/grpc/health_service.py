"""gRPC's health protocol: whether the server, one of its services or a model can be asked now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any, Protocol

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from shipway.serving.faults import ModelNotFound, Overloaded
from shipway.serving.grpc.faults import refuse
from shipway.serving.grpc.rpc import MalformedMessage, Rpc, parsed
from shipway.serving.plane import DataPlane

HEALTH_SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = HealthCheckResponse.SERVICE_UNKNOWN

SECONDS_BETWEEN_LOOKS = 0.5
MOST_WATCHERS = 64
"""Nobody is asked who they are here, and a watcher stays."""


class Ready(Protocol):
    """What knows whether every model can be asked."""

    @property
    def is_ready(self) -> bool: ...


class UnknownService(ModelNotFound):
    """Neither a service nor a model."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Neither a service nor a model is called {name!r}: ask with an empty name for the server.")


class TooManyWatchers(Overloaded):
    """As many watch already as may."""

    def __init__(self) -> None:
        super().__init__(f"{MOST_WATCHERS} callers watch the server's health, which is the limit: use Check.")


class Health:
    """The methods.

    Args:
        services: the names that stand for the whole server.
        stopping: set when the server stops; watchers are told and leave.
    """

    def __init__(self, plane: DataPlane, lifecycle: Ready, services: Collection[str], stopping: asyncio.Event) -> None:
        self._plane = plane
        self._lifecycle = lifecycle
        self._services = frozenset(services)
        self._stopping = stopping
        self._watchers = 0

    async def check(self, rpc: Rpc, message: bytes) -> bytes:
        name = parsed(HealthCheckRequest, message).service
        status = self._status(name)
        if status == SERVICE_UNKNOWN:
            raise UnknownService(name)
        return _response(status)

    async def watch(self, message: bytes, context: Any) -> AsyncIterator[bytes]:
        """The status now and whenever it changes."""
        try:
            name = parsed(HealthCheckRequest, message).service
        except MalformedMessage as fault:
            await refuse(context, fault)
        if self._watchers >= MOST_WATCHERS:
            await refuse(context, TooManyWatchers())
        self._watchers += 1
        try:
            known = None
            while not self._stopping.is_set():
                status = self._status(name)
                if status != known:
                    known = status
                    yield _response(status)
                await self._wait()
            if known != NOT_SERVING:
                yield _response(NOT_SERVING)
        finally:
            self._watchers -= 1

    def watching(self) -> grpc.RpcMethodHandler:
        """`watch` as grpc.aio takes it."""
        return grpc.unary_stream_rpc_method_handler(self.watch)

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), SECONDS_BETWEEN_LOOKS)
        except TimeoutError:
            return

    def _status(self, name: str) -> int:
        if self._plane.is_draining or self._stopping.is_set():
            return int(NOT_SERVING)
        if not name or name in self._services:
            return int(SERVING if self._lifecycle.is_ready else NOT_SERVING)
        model = self._plane.catalog.models.get(name)
        if model is None:
            return int(SERVICE_UNKNOWN)
        return int(SERVING if model.latest is not None else NOT_SERVING)


def _response(status: int) -> bytes:
    message: bytes = HealthCheckResponse(status=status).SerializeToString()
    return message
