"""TLS for the gRPC server, from the configuration that REST has too."""

from __future__ import annotations

import grpc

from shipway.serving.config.tls_config import TlsConfig


def server_credentials(tls: TlsConfig | None) -> grpc.ServerCredentials | None:
    """The server's key and certificate, and whose certificates callers must show; None for plain text."""
    if tls is None:
        return None
    return grpc.ssl_server_credentials(
        [(tls.server_key.encode(), tls.server_cert.encode())],
        root_certificates=tls.custom_ca.encode() or None,
        require_client_auth=tls.client_verify,
    )
