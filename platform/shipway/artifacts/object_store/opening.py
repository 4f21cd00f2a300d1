"""The client of a store: made once a process and address, and never waiting for ever."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from shipway.artifacts.object_store.location import FILE, GCS, MINIO, Location
from shipway.settings.object_store import (
    DEFAULT_REGION,
    NoObjectStoreCredentials,
    NoObjectStoreEndpoint,
    ObjectStoreAddress,
    has_credentials,
)

CONNECT_SECONDS = 3.0
REQUEST_SECONDS = 20.0
ATTEMPTS = 3
GCS_SECONDS = 15


def client_of(place: Location) -> Any:
    """A pyarrow file system in which `place.path` is a name.

    Raises `NoObjectStoreEndpoint`, `NoObjectStoreCredentials`, `BadObjectStoreEndpoint`.
    """
    address = ObjectStoreAddress.from_environment()
    if place.scheme == MINIO and not address.endpoint:
        raise NoObjectStoreEndpoint(place.uri)
    if place.scheme not in (FILE, GCS) and address.endpoint and not has_credentials():
        raise NoObjectStoreCredentials(address.endpoint)
    return _client(place.scheme if place.scheme in (FILE, GCS) else "s3", address)


@lru_cache(maxsize=8)
def _client(scheme: str, address: ObjectStoreAddress) -> Any:
    from pyarrow import fs

    if scheme == FILE:
        return fs.LocalFileSystem()
    if scheme == GCS:
        return fs.GcsFileSystem(retry_time_limit=timedelta(seconds=GCS_SECONDS))
    override = {"endpoint_override": address.host, "scheme": address.scheme} if address.endpoint else {}
    return fs.S3FileSystem(
        region=address.region or (DEFAULT_REGION if address.endpoint else None),
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        **override,
    )
