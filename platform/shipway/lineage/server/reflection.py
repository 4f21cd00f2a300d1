"""gRPC's reflection: what the services and messages are, for tools such as grpcurl."""

from __future__ import annotations

import grpc
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from shipway.lineage.server.guarded import paths
from shipway.lineage.server.health import SERVICE as HEALTH
from shipway.lineage.server.methods import SERVICE as METADATA

SERVICE = reflection.SERVICE_NAME


def reflection_handlers() -> dict[str, grpc.RpcMethodHandler]:
    """The method by its path. The lock's service is not described: its messages are bare bytes."""
    names = (METADATA.full_name, HEALTH, SERVICE)
    servicer = reflection.aio.ReflectionServicer(names, descriptor_pool.Default())
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo, ServerReflectionRequest.FromString, ServerReflectionResponse.SerializeToString
    )
    return paths(SERVICE, {"ServerReflectionInfo": handler})
