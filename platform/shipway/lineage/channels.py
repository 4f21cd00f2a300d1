"""The gRPC channel to a metadata service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc

from shipway.lineage.service_faults import UnreadableCredentials
from shipway.settings import MetadataAddress

LARGEST_MESSAGE = 256 << 20
"""Bytes of an answer: a hundred executions with parameters of a megabyte each still come."""
OPTIONS = [
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ("grpc.keepalive_time_ms", 60_000),  # a connection that a firewall has forgotten is found dead
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 100),  # a service that comes back is found within a second
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.min_reconnect_backoff_ms", 5_000),  # despite its name how long one attempt to connect may take
    ("grpc.use_local_subchannel_pool", 1),  # channels of one process share no connection, and none that crossed a fork
    ("grpc.enable_retries", 0),  # tries are counted and told by the caller
    ("grpc.service_config_disable_resolution", 1),
]


def open_channel(address: MetadataAddress) -> Any:
    """A channel to the service, not connected yet. Raises `UnreadableCredentials`."""
    if not address.is_secure:
        return grpc.insecure_channel(address.target, OPTIONS)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=_content(address.ca_file),
        private_key=_content(address.key_file),
        certificate_chain=_content(address.cert_file),
    )
    return grpc.secure_channel(address.target, credentials, OPTIONS)


def _content(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableCredentials(str(path), f"cannot be read ({error.strerror})") from error
