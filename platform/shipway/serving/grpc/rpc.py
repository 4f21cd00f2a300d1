"""One RPC: its message and metadata in, its answer or its fault out, whatever the method.

grpc.aio asks for a handler when an RPC arrives, and shows the metadata then; asked again later it builds them anew. So
the handler is an object of this RPC's own, which keeps them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

import grpc
from google.protobuf.message import DecodeError

from shipway.serving.call import Call
from shipway.serving.faults import InvalidRequest, fault_of
from shipway.serving.grpc.faults import refuse
from shipway.serving.grpc.gathering import Gathering
from shipway.serving.plane import DataPlane
from shipway.serving.routing import Header
from shipway.serving.tracking import TRACKING_HEADER, as_tracking_id, new_tracking_id

TRANSPORT = "grpc"


class Authorising(Protocol):
    """Whoever decides who may ask."""

    def check(self, header: Header) -> None:
        """Raises `Unauthenticated`."""


class MalformedMessage(InvalidRequest):
    """Bytes that are not the message that the method takes."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"The request is no valid {kind}: send one as protobuf serializes it.")


class Rpc:
    """What a method's behaviour gets beside the message."""

    request_streaming = False
    response_streaming = False
    request_deserializer = None
    response_serializer = None

    __slots__ = ("_authoriser", "_context", "_metadata", "_method", "_plane", "arrived", "path", "tracking_id")

    def __init__(
        self,
        path: str,
        method: Method,
        metadata: tuple[tuple[str, Any], ...],
        plane: DataPlane,
        authoriser: Authorising,
    ) -> None:
        self.path = path
        self.arrived = monotonic()
        self.tracking_id = ""
        self._method = method
        self._metadata = metadata
        self._plane = plane
        self._authoriser = authoriser
        self._context: Any = None

    async def unary_unary(self, message: bytes, context: Any) -> bytes:
        """What grpc.aio calls; the name is its own."""
        self._context = context
        try:
            if not self._method.is_open_to_all:
                self._authoriser.check(self.header)
            gathering = self._method.gathering
            response = await (self._answer(message) if gathering is None else self._gathered(message, gathering))
        except Exception as error:
            fault = fault_of(error, self.path)
        else:
            if self.tracking_id:
                context.set_trailing_metadata(((TRACKING_HEADER, self.tracking_id),))
            return response
        return await refuse(context, fault, self.tracking_id or self.asked_tracking_id() or new_tracking_id())

    def _answer(self, message: bytes) -> Awaitable[bytes]:
        return self._method.behaviour(self, message)

    async def _gathered(self, message: bytes, gathering: Gathering) -> bytes:
        wait = gathering.join()
        try:
            if wait is not None:
                await wait
            return await self._answer(message)
        finally:
            gathering.leave()

    def header(self, name: str) -> str | None:
        """The metadata of a lower-case name."""
        for key, value in self._metadata:
            if key == name:
                return value if isinstance(value, str) else None
        return None

    def asked_tracking_id(self) -> str:
        """The caller's own id, or nothing."""
        return as_tracking_id(self.header(TRACKING_HEADER))

    def open(self, model: str, version: int | None, label: str | None, own_id: str = "") -> Call:
        """A call for a model's version, until the RPC's deadline.

        Args:
            own_id: the caller's id of the request where the metadata have none.

        Raises:
            ServingFault: as `DataPlane.open`.
        """
        call = self._plane.open(
            model,
            version,
            label,
            transport=TRANSPORT,
            header=self.header,
            tracking_id=self.asked_tracking_id() or own_id,
            seconds=self._context.time_remaining(),
            arrived=self.arrived,
        )
        self.tracking_id = call.tracking_id
        gathering = self._method.gathering
        call.is_alone = gathering is not None and gathering.has_one
        return call


Behaviour = Callable[[Rpc, bytes], Awaitable[bytes]]
"""What a method does: from the request's bytes to the response's; raises `ServingFault`."""


@dataclass(frozen=True, slots=True)
class Method:
    """A unary method: what it does, whether callers are asked who they are, and with whom it gathers, if at all."""

    behaviour: Behaviour
    gathering: Gathering | None = None
    is_open_to_all: bool = False


class Methods(grpc.GenericRpcHandler):
    """The unary methods of the server by their paths, such as "/tensorflow.serving.PredictionService/Predict"."""

    def __init__(self, plane: DataPlane, authoriser: Authorising, methods: Mapping[str, Method]) -> None:
        self._plane = plane
        self._authoriser = authoriser
        self._methods = dict(methods)

    def service(self, handler_call_details: Any) -> Rpc | None:
        path = handler_call_details.method
        method = self._methods.get(path)
        if method is None:
            return None
        return Rpc(path, method, handler_call_details.invocation_metadata, self._plane, self._authoriser)


def parsed(kind: Any, message: bytes) -> Any:
    """The message of a protobuf class; raises `MalformedMessage`."""
    try:
        return kind.FromString(message)
    except DecodeError as error:
        raise MalformedMessage(kind.DESCRIPTOR.name) from error
