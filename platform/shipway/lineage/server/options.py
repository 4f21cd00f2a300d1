"""What `shipway metadata serve` can be told, checked before anything is started."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from shipway.endpoint.addresses import is_loopback
from shipway.errors import UsageError
from shipway.lineage.database import Database
from shipway.lineage.server.tls import TlsFiles

ANY_FREE_PORT = -1
LARGEST_PORT = 65_535
LARGEST_MESSAGE = (1 << 31) - 1


class OutOfRange(UsageError):
    """A number that a flag does not take."""

    def __init__(self, flag: str, value: float, least: float, most: float) -> None:
        super().__init__(f"--{flag} is {value:g}, and must be from {least:g} to {most:g}.")


class OpenToStrangers(UsageError):
    """Anyone who reaches the address could read and change the lineage."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The metadata service would listen on {host} for everyone: give --token_file, or --client_ca_file with "
            "--tls_cert_file and --tls_key_file, or leave out --host to listen on this machine alone."
        )


class IncompleteTls(UsageError):
    """Some of the files that TLS takes."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"TLS lacks --{missing}: give --tls_cert_file and --tls_key_file together.")


@dataclass(frozen=True)
class ServiceOptions:
    """The options of one service."""

    database: Database

    host: str = "127.0.0.1"
    port: int = 8090
    """Of gRPC; -1: any free one."""

    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9465
    """Of HTTP for Prometheus; 0: off, -1: any free one."""

    token_file: Path | None = None
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    client_ca_file: Path | None = None

    max_message_bytes: int = 64 << 20
    max_calls: int = 256
    """Calls in hand at once, waiting ones too."""

    connections: int = 4
    """Engine processes for a database on a server, a connection each."""

    drain_seconds: float = 10.0
    """Seconds that calls under way have to end when the service is stopped."""

    @property
    def tls(self) -> TlsFiles | None:
        """The files of TLS, None for plain text; raises `IncompleteTls`."""
        given = (self.tls_cert_file, self.tls_key_file)
        if given == (None, None) and self.client_ca_file is None:
            return None
        if self.tls_cert_file is None:
            raise IncompleteTls("tls_cert_file")
        if self.tls_key_file is None:
            raise IncompleteTls("tls_key_file")
        return TlsFiles(self.tls_cert_file, self.tls_key_file, self.client_ca_file)

    def check(self) -> None:
        """Raises `UsageError`s."""
        for flag, (least, most) in RANGES.items():
            value = getattr(self, flag)
            if not least <= value <= most:
                raise OutOfRange(flag, value, least, most)
        tls = self.tls
        is_asking = self.token_file is not None or (tls is not None and tls.client_ca is not None)
        if not is_asking and not is_loopback(self.host):
            raise OpenToStrangers(self.host)


RANGES: dict[str, tuple[float, float]] = {
    "port": (ANY_FREE_PORT, LARGEST_PORT),
    "metrics_port": (ANY_FREE_PORT, LARGEST_PORT),
    "max_message_bytes": (1024, LARGEST_MESSAGE),
    "max_calls": (1, 100_000),
    "connections": (1, 64),
    "drain_seconds": (0, 3600),
}

DEFAULTS = {field.name: field.default for field in fields(ServiceOptions)}
