"""A typed client of the model server's REST API, for callers that have Python and nothing heavy.

It needs httpx alone: no TensorFlow, no gRPC, no numpy (whose values it takes). It speaks TensorFlow Serving's API, so
it works with TensorFlow Serving too::

    with Client("http://localhost:8501", "flights") as client:
        prediction = client.predict([{"carrier": "UA", ...}], signature="predict_features")
        prediction.outputs["outputs"]
"""

from shipway.client.answers import ModelMetadata, Prediction, SignatureMetadata, TensorMetadata, VersionStatus
from shipway.client.async_client import AsyncClient
from shipway.client.client import Client
from shipway.client.errors import (
    BadAnswer,
    BadRequest,
    ClientError,
    NotReadyInTime,
    ServerBusy,
    ServerFailed,
    ServerRefused,
    ServerSaid,
    ServerSilent,
    ServerUnreachable,
)
from shipway.client.retrying import RetryPolicy
from shipway.client.split import AsyncClientSplit, ClientSplit

__all__ = [
    "AsyncClient",
    "AsyncClientSplit",
    "BadAnswer",
    "BadRequest",
    "Client",
    "ClientError",
    "ClientSplit",
    "ModelMetadata",
    "NotReadyInTime",
    "Prediction",
    "RetryPolicy",
    "ServerBusy",
    "ServerFailed",
    "ServerRefused",
    "ServerSaid",
    "ServerSilent",
    "ServerUnreachable",
    "SignatureMetadata",
    "TensorMetadata",
    "VersionStatus",
]
