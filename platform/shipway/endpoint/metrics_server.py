"""HTTP for Prometheus: the page at /metrics, and probes: /healthz, that the process is there, and /readyz."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shipway.endpoint.token import Token

METRICS, HEALTH, READY = "/metrics", "/healthz", "/readyz"
TEXT = "text/plain; charset=utf-8"
MOST_CONNECTIONS = 32
SECONDS_OF_SILENCE = 30


class MetricsServer:
    """Answers on a listening socket with what `page` gives, from `start` to `close`.

    `not_ready` says why the process is not ready, "" where it is; without it, it always is.
    """

    def __init__(
        self,
        listening: socket.socket,
        name: str,
        page: Callable[[], bytes],
        token: Token,
        not_ready: Callable[[], str] = lambda: "",
    ) -> None:
        from prometheus_client.exposition import CONTENT_TYPE_LATEST

        own = {
            "server_version": name,
            "page": staticmethod(page),
            "not_ready": staticmethod(not_ready),
            "token": token,
            "kind": CONTENT_TYPE_LATEST,
        }
        self._server = _Server(listening, type("Handler", (_Handler,), own))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name=f"{name}-http")

    @property
    def port(self) -> int:
        return self._server.socket.getsockname()[1]

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """A thread a connection, and not more of them than there is any use for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listening: socket.socket, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(listening.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sys_version = ""
    timeout = SECONDS_OF_SILENCE
    page: Callable[[], bytes]
    not_ready: Callable[[], str]
    token: Token
    kind: str

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == HEALTH:
            self._answer(HTTPStatus.OK, TEXT, b"ok\n")
        elif path == READY:
            why = self.not_ready()
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK, TEXT, f"{why or 'ok'}\n".encode())
        elif not self.token.admits(self.headers.get("authorization")):
            self._answer(HTTPStatus.UNAUTHORIZED, TEXT, b"Send the header 'authorization: Bearer TOKEN'.\n")
        elif path == METRICS:
            self._answer(HTTPStatus.OK, self.kind, self.page())
        else:
            self._answer(HTTPStatus.NOT_FOUND, TEXT, b"The metrics are at /metrics.\n")

    do_HEAD = do_GET

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("www-authenticate", "Bearer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a scrape every few seconds is no news."""
