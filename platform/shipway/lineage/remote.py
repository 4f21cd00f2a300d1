"""A metadata service elsewhere, over gRPC: Shipway's own, or any `ml_metadata.MetadataStoreService`.

What fails for a reason that passes (nobody answers, a restart, too much to do) is tried again, with pauses that grow
and differ from one process to the next. A writing call keeps its request id over all tries, by which Shipway's server
stores it once. No channel crosses a fork: the child opens its own.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from shipway.lineage.channels import open_channel
from shipway.lineage.service import MetadataStatus
from shipway.lineage.service_faults import (
    ClosedService,
    FailingService,
    OversizedMessage,
    UnreachableService,
    UnreadableCredentials,
)
from shipway.settings import MetadataAddress

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from shipway.lineage.service import Response

Result = TypeVar("Result")
SERVICE = "/ml_metadata.MetadataStoreService/"
LOCK_METHOD = "/shipway.metadata.Lock/Hold"
LOCK_NAME = b"recording"
REQUEST_ID, ATTEMPT = "x-shipway-request-id", "x-shipway-attempt"
CALL_SECONDS = 20.0
"""How long one try may take."""
LOCK_SECONDS = 90.0
"""How long the lock may be waited for and held, together; the server lets nobody hold it for longer than 60 s."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
TOO_LARGE = "larger than max"
PASSING = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"})
CLOSED = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})
FAILING = frozenset({"CANCELLED", "UNKNOWN", "INTERNAL", "DATA_LOSS"})

log = logging.getLogger("shipway.lineage")


class RemoteService:
    """A connection to the service at `address`, made by the first call; safe to share between threads and over a fork.

    Every call raises a `ServiceFault` when the service does not do its part, after `address.patience_seconds` at most.
    """

    def __init__(self, address: MetadataAddress) -> None:
        self.address = address
        self._abandoned: list[Any] = []
        self._locks = True
        self._is_hurried = False
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._guard = threading.Lock()
        self._holding = threading.RLock()
        self._depth = 0
        self._tries_once = threading.local()
        self._channel: Any = None
        self._calls: dict[str, Any] = {}

    def call(self, method: str, request: Message, response: Response) -> Response:
        identity = [(REQUEST_ID, uuid.uuid4().hex)] if method.startswith("Put") else []
        data = request.SerializeToString()

        def attempt(number: int) -> bytes:
            metadata = [*self._credentials(), *identity, *([(ATTEMPT, str(number))] if identity else [])]
            return self._method(method)(data, timeout=CALL_SECONDS, metadata=metadata)

        response.ParseFromString(self._persist(method, attempt))
        return response

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the server's lock. A thread that holds it may ask again; a server without locks is worked with, too."""
        self._follow_fork()
        with self._holding:
            stream = self._persist("the lock", self._hold) if self._locks and not self._depth else None
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if stream is not None:
                    stream.cancel()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within this, calls of this thread are tried once: for who has waited already, or must not wait."""
        before = getattr(self._tries_once, "wanted", False)
        self._tries_once.wanted = True
        try:
            yield
        finally:
            self._tries_once.wanted = before

    def hurry(self) -> None:
        """From now on try every call once, one that is waiting too: somebody wants this process to end.

        It only sets a flag, so that a signal's handler may call it.
        """
        self._is_hurried = True

    def close(self) -> None:
        if os.getpid() != self._pid:
            return
        with self._guard:
            if self._channel is not None:
                self._channel.close()
            self._channel = None
            self._calls.clear()

    def _follow_fork(self) -> None:
        if os.getpid() != self._pid:
            self._abandoned.append(self._channel)  # closing it would talk over the parent's connection
            self._start()

    def _method(self, name: str) -> Any:
        with self._guard:
            if name not in self._calls:
                self._calls[name] = self._open().unary_unary(SERVICE + name)
            return self._calls[name]

    def _open(self) -> Any:
        if self._channel is None:
            self._channel = open_channel(self.address)
        return self._channel

    def _credentials(self) -> list[tuple[str, str]]:
        """The token, read anew each time: whoever rotates it changes the file."""
        if self.address.token_file is None:
            return []
        try:
            token = self.address.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = "cannot be read as ASCII text" if isinstance(error, UnicodeDecodeError) else "cannot be read"
            raise UnreadableCredentials(str(self.address.token_file), reason) from error
        if not token or not token.isprintable():
            raise UnreadableCredentials(str(self.address.token_file), "holds no token in one line")
        return [("authorization", f"Bearer {token}")]

    def _hold(self, _: int) -> Any:
        """The stream that holds the lock from its first message on; None where the server knows no lock."""
        with self._guard:
            held = self._open().unary_stream(LOCK_METHOD)
        stream = held(LOCK_NAME, timeout=LOCK_SECONDS, metadata=self._credentials())
        try:
            next(stream)
        except StopIteration as error:
            stream.cancel()
            raise FailingService(self.address.url, "the lock", "it was not granted") from error
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise
            self._locks = False
            log.warning(
                "The metadata service at %s has no lock: attempts of one task that begin at the same moment may both "
                "be recorded.",
                self.address.url,
            )
            return None
        except BaseException:
            stream.cancel()
            raise
        return stream

    def _persist(self, method: str, attempt: Callable[[int], Result]) -> Result:
        """The result of `attempt`, which is given the number of the try, over all tries that there is time for."""
        self._follow_fork()
        began = time.monotonic()
        number, pause = 1, FIRST_PAUSE
        while True:
            try:
                return attempt(number)
            except grpc.RpcError as error:
                code, reason = error.code(), error.details() or ""
                waited = time.monotonic() - began
                left = 0.0 if self._tries_once_only else self.address.patience_seconds - waited
                if not _may_pass(code.name, reason) or left <= 0:
                    raise self._fault(method, code, reason, waited) from error
            time.sleep(min(left, pause * random.uniform(0.5, 1.0)))
            number, pause = number + 1, min(2 * pause, LONGEST_PAUSE)

    @property
    def _tries_once_only(self) -> bool:
        return self._is_hurried or getattr(self._tries_once, "wanted", False)

    def _fault(self, method: str, code: Any, reason: str, waited: float) -> Exception:
        url = self.address.url
        text = reason or code.name
        if TOO_LARGE in reason:
            return OversizedMessage(url, method, text)
        if code.name in PASSING:
            return UnreachableService(url, waited, text)
        if code.name in FAILING:
            return FailingService(url, method, text)
        if code.name in CLOSED:
            return ClosedService(url, text)
        return MetadataStatus(method, code.value[0], text)


def _may_pass(code: str, reason: str) -> bool:
    return code in PASSING and TOO_LARGE not in reason
