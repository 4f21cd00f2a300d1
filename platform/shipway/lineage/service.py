"""The seam between Shipway's lineage and whatever answers ML Metadata's calls: a file here, a server in a cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from google.protobuf.message import Message

    Response = TypeVar("Response", bound=Message)

NOT_FOUND = 5
ALREADY_EXISTS = 6
ABORTED = 10
UNAVAILABLE = 14


class MetadataStatus(Exception):
    """A call that ML Metadata refused, with gRPC's status code; not for people, the embedded store's faults are."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"{method}: status {code}: {message}")
        self.code = code


class MetadataService(Protocol):
    """The calls of `ml_metadata.MetadataStoreService`, by name, with their own request and response messages."""

    def call(self, method: str, request: Message, response: Response) -> Response:
        """Fill `response`; `MetadataStatus` when the call is refused, `EnvironmentFault` when the store is broken."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other writer out between a read and the write that depends on it."""
        ...

    def close(self) -> None: ...
