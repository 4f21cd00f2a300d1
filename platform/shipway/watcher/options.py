"""How a watcher is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from shipway.endpoint.addresses import is_loopback
from shipway.errors import UsageError
from shipway.settings import ClusterAddress, MetadataAddress

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 9466
DEFAULT_LOST_SECONDS = 120.0


class NeedsToken(UsageError):
    """Metrics for everybody on the network."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The watcher would show its metrics to everybody who reaches {host!r}: give it --token_file, or let it "
            f"listen on {DEFAULT_HOST}."
        )


class BadSeconds(UsageError):
    """A time that is none."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"--lost_seconds is {seconds:g}: give at least 0 seconds.")


class NoStore(UsageError):
    """Nothing says where to record."""

    def __init__(self) -> None:
        super().__init__(
            "SHIPWAY_METADATA is not set, so there is no store to record runs in: set it to the metadata service, such "
            "as grpc://shipway-metadata.NAMESPACE.svc:8090."
        )


@dataclass(frozen=True)
class WatchOptions:
    """What the flags of `shipway watch` say."""

    metadata: MetadataAddress | None
    """The store that is written."""

    cluster: ClusterAddress = field(default_factory=ClusterAddress)
    """The cluster that is watched."""

    namespaces: tuple[str, ...] = ()
    """Where the pods of runs are."""

    name: str = ""
    """Tells this cluster from others that write the same store."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    """0 is any that is free."""

    token_file: Path | None = None
    """A secret that scrapes must show as a bearer token; needed where others than this machine can ask."""

    lost_seconds: float = DEFAULT_LOST_SECONDS
    """How long records of a run that has ended may still be on their way, before a step without one counts as lost."""

    def check(self) -> MetadataAddress:
        """The store's address. Raises `NoStore`, `NeedsToken` and `BadSeconds`."""
        if self.metadata is None:
            raise NoStore
        if self.token_file is None and not is_loopback(self.host):
            raise NeedsToken(self.host)
        if not self.lost_seconds >= 0:
            raise BadSeconds(self.lost_seconds)
        return self.metadata

    @property
    def watched(self) -> tuple[str, ...]:
        """The namespaces, each once."""
        return tuple(dict.fromkeys(self.namespaces)) or (self.cluster.kfp_namespace,)

    def place(self, namespace: str) -> str:
        """How a namespace of this cluster is called in the store."""
        return f"{self.name}/{namespace}" if self.name else namespace
