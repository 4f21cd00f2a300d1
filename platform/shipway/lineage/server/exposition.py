"""What Prometheus scrapes: a registry over HTTP, in a thread of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, start_http_server

from shipway.lineage.server.listening import CannotListen


class Exposition:
    """A listening HTTP server that shows a registry under every path.

    Attributes:
        port: where it listens.

    Raises:
        CannotListen: the address is taken, or none of this machine's.
    """

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise CannotListen("metrics_port", host, port) from error
        self.port: int = self._server.server_port

    def close(self) -> None:
        """Takes up to half a second; not for the event loop's own thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
