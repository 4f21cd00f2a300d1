"""The service's key and certificate, and whose certificates callers must show."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import InputError, in_one_line

if TYPE_CHECKING:
    import grpc


class UnusableCertificate(InputError):
    """Files that no connection can be secured with; nothing of a key is shown."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"The file {str(path)!r} {problem}: {remedy}.")


@dataclass(frozen=True)
class TlsFiles:
    """PEM files. With `client_ca`, callers must show a certificate that it vouches for."""

    cert: Path
    key: Path
    client_ca: Path | None = None

    def check(self) -> None:
        """Raises `UnusableCertificate`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for path in (self.cert, self.key):
            _readable(path)
        try:
            context.load_cert_chain(self.cert, self.key, password="")
        except (ssl.SSLError, ValueError) as error:
            problem = f"is not the certificate of the key {str(self.key)!r} ({in_one_line(error)})"
            raise UnusableCertificate(self.cert, problem, "give a pair in PEM, the key without a password") from error
        if self.client_ca is not None:
            _readable(self.client_ca)
            try:
                context.load_verify_locations(self.client_ca)
            except ssl.SSLError as error:
                problem = f"holds no certificate ({in_one_line(error)})"
                raise UnusableCertificate(self.client_ca, problem, "give certificates in PEM") from error

    def credentials(self) -> grpc.ServerCredentials:
        """What gRPC listens with; raises `UnusableCertificate`."""
        import grpc

        self.check()
        return grpc.ssl_server_credentials(
            [(self.key.read_bytes(), self.cert.read_bytes())],
            root_certificates=None if self.client_ca is None else self.client_ca.read_bytes(),
            require_client_auth=self.client_ca is not None,
        )


def _readable(path: Path) -> None:
    try:
        path.read_bytes()
    except OSError as error:
        raise UnusableCertificate(path, f"cannot be read ({error.strerror})", "name a file in PEM") from error
