"""The messages of ML Metadata that lineage handles, by name, loaded without the package around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shipway.lineage.engine import metadata_store_pb2, metadata_store_service_pb2

if TYPE_CHECKING:
    from ml_metadata.proto.metadata_store_pb2 import (
        DOUBLE,
        INT,
        STRING,
        Artifact,
        ArtifactType,
        ConnectionConfig,
        Context,
        ContextType,
        Event,
        Execution,
        ExecutionType,
        ListOperationOptions,
        MigrationOptions,
        SqliteMetadataSourceConfig,
        Value,
    )
    from ml_metadata.proto.metadata_store_service_pb2 import ArtifactAndEvent
else:
    DOUBLE, INT, STRING = metadata_store_pb2.DOUBLE, metadata_store_pb2.INT, metadata_store_pb2.STRING
    Artifact = metadata_store_pb2.Artifact
    ArtifactAndEvent = metadata_store_service_pb2.PutExecutionRequest.ArtifactAndEvent
    ArtifactType = metadata_store_pb2.ArtifactType
    ConnectionConfig = metadata_store_pb2.ConnectionConfig
    Context = metadata_store_pb2.Context
    ContextType = metadata_store_pb2.ContextType
    Event = metadata_store_pb2.Event
    Execution = metadata_store_pb2.Execution
    ExecutionType = metadata_store_pb2.ExecutionType
    ListOperationOptions = metadata_store_pb2.ListOperationOptions
    MigrationOptions = metadata_store_pb2.MigrationOptions
    SqliteMetadataSourceConfig = metadata_store_pb2.SqliteMetadataSourceConfig
    Value = metadata_store_pb2.Value

__all__ = [
    "DOUBLE",
    "INT",
    "STRING",
    "Artifact",
    "ArtifactAndEvent",
    "ArtifactType",
    "ConnectionConfig",
    "Context",
    "ContextType",
    "Event",
    "Execution",
    "ExecutionType",
    "ListOperationOptions",
    "MigrationOptions",
    "SqliteMetadataSourceConfig",
    "Value",
    "service_message",
]


def service_message(name: str) -> Any:
    """The class of a request or response of the service."""
    return getattr(metadata_store_service_pb2, name)
