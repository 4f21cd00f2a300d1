"""What Prometheus scrapes and what a cluster's probes ask: plain HTTP, in a thread of its own.

Probes ask here because a kubelet can neither speak TLS to gRPC's health protocol nor show a certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server

from shipway.lineage.server.listening import CannotListen

ALIVE, READY = "/healthz", "/readyz"

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Exposition:
    """A listening HTTP server: `/healthz` and `/readyz`, and under every other path a registry.

    Args:
        is_ready: whether the service answers calls; asked in a thread of the server.

    Attributes:
        port: where it listens.

    Raises:
        CannotListen: the address is taken, or none of this machine's.
    """

    def __init__(self, host: str, port: int, registry: CollectorRegistry, is_ready: Callable[[], bool]) -> None:
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise CannotListen("metrics_port", host, port) from error
        self._server.set_app(_with_health(self._server.get_app(), is_ready))
        self.port: int = self._server.server_port

    def close(self) -> None:
        """Takes up to half a second; not for the event loop's own thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _with_health(metrics: Any, is_ready: Callable[[], bool]) -> WsgiApp:
    """The app of the metrics, with the two paths that probes ask for in front of it."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path not in (ALIVE, READY):
            return metrics(environ, start_response)
        status = HTTPStatus.OK if path == ALIVE or is_ready() else HTTPStatus.SERVICE_UNAVAILABLE
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{status.phrase}\n".encode()]

    return app
