"""The exporter inside the metadata service's process: its metrics are shown beside the service's own.

It asks the service itself, over loopback, so that the engines' processes do the work and not the service's event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shipway.errors import UsageError
from shipway.exporter.exporter import Exporter
from shipway.lineage.database import SQLITE
from shipway.settings import MetadataAddress

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from shipway.lineage.server.options import ServiceOptions

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1", "[::]": "127.0.0.1"}


class NowhereToShow(UsageError):
    """An exporter in a service without metrics."""

    def __init__(self) -> None:
        super().__init__(
            "--exporter shows its metrics where the service's are, and --metrics_port is 0: give it a port."
        )


class NeedsItsOwnProcess(UsageError):
    """A service that cannot ask itself."""

    def __init__(self) -> None:
        super().__init__(
            "--exporter cannot ask a service that has TLS before a database on a server: run 'shipway exporter' beside "
            "it, with SHIPWAY_METADATA and its files."
        )


class ServiceExporter:
    """An exporter that lives as long as the service does.

    Raises `NowhereToShow` and `NeedsItsOwnProcess`.
    """

    def __init__(self, options: ServiceOptions) -> None:
        from prometheus_client import CollectorRegistry

        if not options.metrics_port:
            raise NowhereToShow
        if options.tls is not None and options.database.kind != SQLITE:
            raise NeedsItsOwnProcess
        self.registry: CollectorRegistry = CollectorRegistry()
        self._options = options
        self._exporter: Exporter | None = None

    def start(self, port: int) -> None:
        """The service listens at `port`."""
        self._exporter = Exporter(self._address(port))
        self.registry.register(self._exporter.collector)
        self._exporter.start()

    def close(self) -> None:
        """Takes a moment, in which the service must still answer."""
        if self._exporter is not None:
            self._exporter.close()

    def _address(self, port: int) -> MetadataAddress:
        options = self._options
        if options.tls is not None:
            return MetadataAddress(options.database.path)
        host = EVERYWHERE.get(options.host, options.host)
        return MetadataAddress(None, f"grpc://{host}:{port}", token_file=options.token_file)
