"""From an address to what answers ML Metadata's calls there. gRPC is imported for a service alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.lineage.embedded import EmbeddedService
from shipway.lineage.service_faults import NoGrpc
from shipway.settings import MetadataAddress

if TYPE_CHECKING:
    from shipway.lineage.service import MetadataService


def open_service(place: Path | MetadataAddress, *, create: bool = True, read_only: bool = False) -> MetadataService:
    """The store at `place`. Of a file, `create` makes it where it is missing, and `read_only` never writes it.

    Raises an `EnvironmentFault` for a file that cannot be used, and `NoGrpc`; a service is first asked by a call.
    """
    address = MetadataAddress.of(place)
    if address.path is not None:
        return EmbeddedService(address.path, create=create, read_only=read_only)
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "1")  # read when grpc is imported: a forked child asks, too
    try:
        from shipway.lineage.remote import RemoteService
    except ImportError as error:
        raise NoGrpc(address.url) from error
    return RemoteService(address)
