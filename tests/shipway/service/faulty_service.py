"""A metadata service in this process, over the embedded store, that fails when a test tells it to.

It speaks ML Metadata's protocol as any server of it does; `remembers` and `has_lock` give it what Shipway's own has.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from shipway.lineage.embedded import EmbeddedService
from shipway.lineage.protos import service_message
from shipway.lineage.service import MetadataStatus
from shipway.settings import MetadataAddress

LOCK = "/shipway.metadata.Lock/Hold"
STATUSES = {code.value[0]: code for code in grpc.StatusCode}


@dataclass
class Fault:
    """What happens to the next calls of a method: `stored` first, and then a status instead of the answer."""

    method: str
    code: grpc.StatusCode
    text: str
    stored: bool
    times: int


@dataclass
class FaultyService:
    """The service; `start` gives it a port that it keeps, `stop` cuts every connection."""

    store: Path
    has_lock: bool = True
    remembers: bool = True
    token: str = ""
    credentials: Any = None
    port: int = 0
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    before: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self._answers: dict[str, bytes] = {}
        self._turn = threading.Lock()
        self._server: Any = None
        self._reserved: socket.socket | None = None
        self._engine = EmbeddedService(self.store)

    @property
    def url(self) -> str:
        return f"grpcs://localhost:{self.port}" if self.credentials else f"grpc://127.0.0.1:{self.port}"

    def address(self, **facts: Any) -> MetadataAddress:
        """How a client is told of it; by itself it tries again for a second at most."""
        return MetadataAddress(None, self.url, **{"patience_seconds": 1.0, **facts})

    def start(self) -> FaultyService:
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None
        self._pool = ThreadPoolExecutor(16)
        options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 1 << 20)]
        self._server = grpc.server(self._pool, handlers=[_Handlers(self)], options=options)
        place = f"127.0.0.1:{self.port}"
        if self.credentials:
            self.port = self._server.add_secure_port(place, self.credentials)
        else:
            self.port = self._server.add_insecure_port(place)
        self._server.start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(None).wait()
            self._pool.shutdown()
            self._reserved = socket.socket()
            self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._reserved.bind(("127.0.0.1", self.port))  # nobody listens there, and nobody else gets the port
        self._server = None

    def close(self) -> None:
        self.stop()
        if self._reserved is not None:
            self._reserved.close()
        self._engine.close()

    def fail(
        self, method: str, code: str = "UNAVAILABLE", text: str = "told to", *, stored: bool = False, times: int = 1
    ) -> None:
        """Let the next `times` calls of `method` ("" is any) fail, after storing them or instead."""
        self.faults.append(Fault(method, grpc.StatusCode[code], text, stored, times))

    def called(self, method: str) -> list[dict[str, str]]:
        """The metadata of the calls of a method so far."""
        return [metadata for name, metadata in self.calls if name == method]

    def answer(self, method: str, data: bytes, context: Any) -> bytes:
        metadata = dict(context.invocation_metadata())
        self.calls.append((method, metadata))
        self.before(method)
        if self.token and metadata.get("authorization") != f"Bearer {self.token}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no token that is known")
        fault = self._next_fault(method)
        if fault and not fault.stored:
            context.abort(fault.code, fault.text)
        key = metadata.get("x-shipway-request-id", "")
        response = self._answers.get(key) if self.remembers and key else None
        if response is None:
            response = self._stored(method, data, context)
        if key:
            self._answers[key] = response
        if fault:
            context.abort(fault.code, fault.text)
        return response

    def _stored(self, method: str, data: bytes, context: Any) -> bytes:
        request = service_message(f"{method}Request").FromString(data)
        try:
            return self._engine.call(method, request, service_message(f"{method}Response")()).SerializeToString()
        except MetadataStatus as status:
            context.abort(STATUSES[status.code], str(status))
            raise

    def _next_fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method in ("", method):
                fault.times -= 1
                return fault
        return None

    def hold(self, _: bytes, context: Any) -> Iterator[bytes]:
        """Callers take turns; the end of the stream, however it comes, is the end of the turn."""
        self.calls.append(("Hold", dict(context.invocation_metadata())))
        ended = threading.Event()
        context.add_callback(ended.set)
        while not self._turn.acquire(timeout=0.05):
            if ended.is_set():
                return
        try:
            yield b"granted"
            ended.wait(60)
        finally:
            self._turn.release()


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, service: FaultyService) -> None:
        self._service = service

    def service(self, details: Any) -> Any:
        if details.method == LOCK:
            return grpc.unary_stream_rpc_method_handler(self._service.hold) if self._service.has_lock else None
        method = details.method.rpartition("/")[2]
        return grpc.unary_unary_rpc_method_handler(lambda data, context: self._service.answer(method, data, context))
