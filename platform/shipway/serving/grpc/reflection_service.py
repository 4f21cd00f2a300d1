"""gRPC's reflection: what the server's services and messages are, for tools such as grpcurl."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from shipway.serving.faults import Unauthenticated
from shipway.serving.grpc.faults import refuse
from shipway.serving.grpc.rpc import Authorising
from shipway.serving.grpc.service_descriptions import described_services
from shipway.serving.routing import Header

REFLECTION_SERVICE = reflection.SERVICE_NAME


class Reflection:
    """The method, for callers that may ask.

    Args:
        services: full names of all services.
    """

    def __init__(self, services: Sequence[str], authoriser: Authorising) -> None:
        self._answers = reflection.aio.ReflectionServicer(services, described_services())
        self._authoriser = authoriser

    def handler(self) -> grpc.RpcMethodHandler:
        """The method as grpc.aio takes it."""
        return grpc.stream_stream_rpc_method_handler(
            self._reflect,
            request_deserializer=ServerReflectionRequest.FromString,
            response_serializer=ServerReflectionResponse.SerializeToString,
        )

    async def _reflect(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        try:
            self._authoriser.check(_header_of(context.invocation_metadata()))
        except Unauthenticated as fault:
            await refuse(context, fault)
        async for response in self._answers.ServerReflectionInfo(requests, context):
            yield response


def _header_of(metadata: Any) -> Header:
    texts = {key: value for key, value in metadata if isinstance(value, str)}
    return texts.get
