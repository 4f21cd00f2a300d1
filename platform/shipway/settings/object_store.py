"""Where buckets are: the endpoint of an object store that speaks S3 and is not Amazon's, and the region."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shipway.errors import EnvironmentFault, UsageError

ENDPOINT_VARIABLE = "SHIPWAY_OBJECT_STORE_ENDPOINT"
REGION_VARIABLE = "SHIPWAY_OBJECT_STORE_REGION"
BUCKETS_VARIABLE = "SHIPWAY_OBJECT_STORE_BUCKETS"
DEFAULT_REGION = "us-east-1"
CREDENTIAL_VARIABLES = (
    "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)  # fmt: skip


class BadObjectStoreEndpoint(UsageError):
    """`SHIPWAY_OBJECT_STORE_ENDPOINT` is no address."""

    def __init__(self, value: str, problem: str) -> None:
        super().__init__(
            f"{ENDPOINT_VARIABLE} is {value!r}, {problem}: give the address of a store that speaks S3, such as "
            "http://minio-service.kubeflow:9000."
        )


class NoObjectStoreEndpoint(EnvironmentFault):
    """A `minio://` URI, and nothing says where MinIO is."""

    def __init__(self, uri: str) -> None:
        super().__init__(
            f"{uri!r} cannot be reached because {ENDPOINT_VARIABLE} is not set: set it to the store's address, such as "
            "http://minio-service.kubeflow:9000."
        )


class NoObjectStoreCredentials(EnvironmentFault):
    """A store of one's own, and nothing that lets this process in."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            f"Nothing lets this process into the object store {endpoint!r}: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY (in a pod, from a Secret)."
        )


@dataclass(frozen=True)
class ObjectStoreAddress:
    """What the environment says of object stores; credentials stay where the stores' own clients look for them."""

    endpoint: str = ""
    """`SHIPWAY_OBJECT_STORE_ENDPOINT`: `http(s)://host[:port]` for `minio://`, and for `s3://` in place of Amazon's."""

    region: str = ""
    """`SHIPWAY_OBJECT_STORE_REGION`, or else AWS_REGION or AWS_DEFAULT_REGION; empty for the client's default."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ObjectStoreAddress:
        """Raises `BadObjectStoreEndpoint`."""
        endpoint = environment.get(ENDPOINT_VARIABLE, "").strip().rstrip("/")
        if endpoint:
            _check(endpoint)
        regions = (REGION_VARIABLE, "AWS_REGION", "AWS_DEFAULT_REGION")
        region = next((value for name in regions if (value := environment.get(name, "").strip())), "")
        return cls(endpoint, region)

    @property
    def scheme(self) -> str:
        return self.endpoint.partition("://")[0]

    @property
    def host(self) -> str:
        return self.endpoint.partition("://")[2]


def has_credentials(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the S3 client will find credentials without asking a cloud's own machines for them."""
    return (
        any(environment.get(name) for name in CREDENTIAL_VARIABLES) or Path("~/.aws/credentials").expanduser().exists()
    )


def shown_buckets(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """`SHIPWAY_OBJECT_STORE_BUCKETS`: buckets, separated by commas, whose files a server may show to those it lets in.

    An artifact's URI is what somebody recorded, so a server's credentials reach no bucket that is not named here.
    """
    names = environment.get(BUCKETS_VARIABLE, "").split(",")
    return frozenset(name.strip() for name in names if name.strip())


def _check(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise BadObjectStoreEndpoint(endpoint, "which is no address") from error
    if "@" in parts.netloc:
        hidden = endpoint.replace(parts.netloc.rpartition("@")[0], "***")
        raise BadObjectStoreEndpoint(hidden, "which holds a user or password")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadObjectStoreEndpoint(endpoint, "which is not http:// or https:// and a host")
    if parts.path or parts.query or parts.fragment:
        raise BadObjectStoreEndpoint(endpoint, "which says more than a host and a port")
