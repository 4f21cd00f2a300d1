"""gRPC's health protocol: the service can be asked while its database answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from shipway.lineage.server.engines import Engines
from shipway.lineage.server.guarded import paths
from shipway.lineage.server.methods import SERVICE as METADATA

SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
NAMES = ("", METADATA.full_name)
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN

SECONDS_BETWEEN_LOOKS = 1.0
MOST_WATCHERS = 64
"""Nobody is asked for a token here, and a watcher stays."""

log = logging.getLogger(__name__)


class Health:
    """The protocol's two methods.

    grpc's own servicer forgets all other watchers of a service when one of them leaves.
    """

    def __init__(self) -> None:
        self._is_up = False
        self._is_stopping = False
        self._changed = asyncio.Event()
        self._watchers = 0

    @property
    def is_up(self) -> bool:
        """What callers are told."""
        return self._is_up

    def tell(self, is_up: bool) -> None:
        """Say from now on whether the service can be asked."""
        if is_up != self._is_up and not self._is_stopping:
            self._is_up = is_up
            self._wake_watchers()

    def stop(self) -> None:
        """Say for good that the service cannot be asked."""
        self._is_up, self._is_stopping = False, True
        self._wake_watchers()

    def handlers(self) -> dict[str, grpc.RpcMethodHandler]:
        """The methods by path."""
        read = health_pb2.HealthCheckRequest.FromString
        write = health_pb2.HealthCheckResponse.SerializeToString
        check = grpc.unary_unary_rpc_method_handler(self._check, read, write)
        watch = grpc.unary_stream_rpc_method_handler(self._watch, read, write)
        return paths(SERVICE, {"Check": check, "Watch": watch})

    def _wake_watchers(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _status(self, name: str) -> Any:
        if name not in NAMES:
            return SERVICE_UNKNOWN
        return SERVING if self._is_up else NOT_SERVING

    async def _check(self, request: Any, context: Any) -> Any:
        status = self._status(request.service)
        if status == SERVICE_UNKNOWN:
            sentence = f"No service is called {request.service[:100]!r}: ask with an empty name for all."
            await context.abort(grpc.StatusCode.NOT_FOUND, sentence)
        return health_pb2.HealthCheckResponse(status=status)

    async def _watch(self, request: Any, context: Any) -> None:
        if self._watchers >= MOST_WATCHERS:
            sentence = f"{MOST_WATCHERS} callers watch the health, which is the limit: use Check."
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, sentence)
        self._watchers += 1
        try:
            told = None
            while True:
                changed, status = self._changed, self._status(request.service)
                if status != told:
                    await context.write(health_pb2.HealthCheckResponse(status=status))
                    told = status
                await changed.wait()
        finally:
            self._watchers -= 1


class StoreWatch:
    """Looks whether the database answers, and tells the health protocol and the metrics.

    Args:
        tell: called with whether it does, after every look.
    """

    def __init__(self, engines: Engines, health: Health, tell: Callable[[bool], None]) -> None:
        self._engines = engines
        self._health = health
        self._tell = tell
        self._is_up = True

    async def look(self) -> None:
        is_up = await self._engines.is_answering()
        if is_up != self._is_up:
            log.log(logging.INFO if is_up else logging.ERROR, "the database %s", "answers" if is_up else "is gone")
        self._is_up = is_up
        self._tell(is_up)
        self._health.tell(is_up)

    async def run(self) -> None:
        """Look again and again, until the task is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
