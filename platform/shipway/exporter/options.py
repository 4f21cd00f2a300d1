"""How an exporter is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shipway.endpoint.addresses import is_loopback
from shipway.errors import UsageError
from shipway.settings import MetadataAddress

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 9464
DEFAULT_REFRESH_SECONDS, DEFAULT_QUIET_SECONDS = 15.0, 300.0
SHORTEST_REFRESH_SECONDS = 0.1


class NeedsToken(UsageError):
    """Metrics for everybody on the network."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The exporter would show its metrics to everybody who reaches {host!r}: give it --token_file, or let it "
            f"listen on {DEFAULT_HOST}."
        )


class BadSeconds(UsageError):
    """A time that is none."""

    def __init__(self, flag: str, seconds: float, least: float) -> None:
        super().__init__(f"--{flag} is {seconds:g}: give at least {least:g} seconds.")


@dataclass(frozen=True)
class ExporterOptions:
    """What the flags of `shipway exporter` say."""

    metadata: MetadataAddress
    """The store that is read."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    """0 is any that is free."""

    token_file: Path | None = None
    """A secret that scrapes must show as a bearer token; needed where others than this machine can ask."""

    refresh_seconds: float = DEFAULT_REFRESH_SECONDS
    """From one look at the store to the next."""

    quiet_seconds: float = DEFAULT_QUIET_SECONDS
    """A run whose runner says nothing counts as finished when nothing of it has run for so long."""

    def check(self) -> None:
        """Raises `NeedsToken` and `BadSeconds`."""
        if self.token_file is None and not is_loopback(self.host):
            raise NeedsToken(self.host)
        if not self.refresh_seconds >= SHORTEST_REFRESH_SECONDS:
            raise BadSeconds("refresh_seconds", self.refresh_seconds, SHORTEST_REFRESH_SECONDS)
        if not self.quiet_seconds >= 0:
            raise BadSeconds("quiet_seconds", self.quiet_seconds, 0)
