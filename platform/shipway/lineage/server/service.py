"""Calls of ML Metadata's own methods, from bytes to bytes: nothing here knows what they say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import grpc

from shipway.endpoint.occasional import Occasionally
from shipway.lineage.server.admission import Admission
from shipway.lineage.server.answer import CANCELLED, DEADLINE_EXCEEDED, INTERNAL, OK, UNAVAILABLE, Answer
from shipway.lineage.server.engines import Engines
from shipway.lineage.server.methods import METHODS, Method
from shipway.lineage.server.metrics import ServiceMetrics
from shipway.lineage.server.storing import Storing

STATUSES = {status.value[0]: status for status in grpc.StatusCode}
DEFECT = Answer(INTERNAL, "The metadata service failed: see its log.")
LOGGED = (INTERNAL, UNAVAILABLE)
SECONDS_BETWEEN_COMPLAINTS = 10.0

log = logging.getLogger(__name__)


class MetadataCalls:
    """The methods of `ml_metadata.MetadataStoreService`."""

    def __init__(self, engines: Engines, admission: Admission, metrics: ServiceMetrics) -> None:
        self._engines = engines
        self._storing = Storing(engines)
        self._admission = admission
        self._metrics = metrics
        self._complaint = Occasionally(SECONDS_BETWEEN_COMPLAINTS)

    def handlers(self) -> dict[str, grpc.RpcMethodHandler]:
        """All methods by path."""
        return {method.path: grpc.unary_unary_rpc_method_handler(self._behaviour(method)) for method in METHODS}

    def _behaviour(self, method: Method) -> Callable[[bytes, Any], Awaitable[bytes]]:
        async def behaviour(request: bytes, context: Any) -> bytes:
            answer = await self._counted(method, request, context)
            if answer.code != OK:
                await context.abort(STATUSES[answer.code], answer.message)
            return answer.data

        return behaviour

    async def _counted(self, method: Method, request: bytes, context: Any) -> Answer:
        started = monotonic()
        remaining = context.time_remaining()
        deadline = 0.0 if remaining is None else started + remaining
        answer = self._admission.refusal(len(request))
        if answer is None:
            self._admission.enter(len(request))
            code = CANCELLED
            try:
                answer = await self._answer(method, request, deadline, context)
                code = answer.code
            except asyncio.CancelledError:
                code = DEADLINE_EXCEEDED if deadline and monotonic() >= deadline else CANCELLED
                raise
            finally:
                self._admission.leave(len(request))
                self._metrics.ended(method.name, STATUSES[code].name, monotonic() - started)
        else:
            self._metrics.ended(method.name, STATUSES[answer.code].name, 0.0)
        return answer

    async def _answer(self, method: Method, request: bytes, deadline: float, context: Any) -> Answer:
        try:
            if method.is_writing:
                metadata = dict(context.invocation_metadata())
                answer = await self._storing.call(method, request, deadline, metadata)
            else:
                answer = await self._engines.call(method, request, deadline)
        except Exception:
            log.exception("%s failed", method.name)
            return DEFECT
        if answer.code in LOGGED and self._complaint.is_due():
            log.error("%s: %s", method.name, answer.message)
        return answer
