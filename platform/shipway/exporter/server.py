"""HTTP for Prometheus: the page at /metrics, and /healthz, which says that the process is there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shipway.exporter.token import Token

METRICS, HEALTH = "/metrics", "/healthz"
TEXT = "text/plain; charset=utf-8"
MOST_CONNECTIONS = 32
SECONDS_OF_SILENCE = 30


class MetricsServer:
    """Answers on a listening socket with what `page` gives, from `start` to `close`."""

    def __init__(self, listening: socket.socket, page: Callable[[], bytes], token: Token) -> None:
        from prometheus_client.exposition import CONTENT_TYPE_LATEST

        handler = type(
            "Handler", (_Handler,), {"page": staticmethod(page), "token": token, "kind": CONTENT_TYPE_LATEST}
        )
        self._server = _Server(listening, handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="shipway-exporter-http")

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
    server_version = "shipway-exporter"
    sys_version = ""
    timeout = SECONDS_OF_SILENCE
    page: Callable[[], bytes]
    token: Token
    kind: str

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == HEALTH:
            self._answer(HTTPStatus.OK, TEXT, b"ok\n")
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
