"""The server's process as its parent sees it: forked or started afresh, listened to through a pipe, stopped in time."""

from __future__ import annotations

import json
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from shipway_components.infra_validator.model_server import run_server

SECONDS_UNTIL_READY = 3.0
SECONDS_TO_IMPORT = 120.0
SECONDS_TO_END = 5.0
"""Between a connection that broke and the end of the process that broke it."""


class Killable(Protocol):
    """A process, by whichever way it was started."""

    def kill(self) -> None: ...


class NotReady(Exception):
    """The forked process cannot run TensorFlow."""


class ServerGone(Exception):
    """The server's process ended or was stopped; the text says how, in a sentence."""


class ServerProcess:
    """The process, and the pipe through which it says how it goes."""

    def __init__(self, process: Any, reader: int) -> None:
        self._process = process
        self._reader = reader
        self._lines = _Lines(reader)
        self._stopped = ""

    @classmethod
    def start(cls, model_path: str, max_request_seconds: float, *, forked: bool) -> ServerProcess:
        """A process that can run TensorFlow; raises `NotReady` for a forked one that cannot, else `ServerGone`."""
        reader, writer = os.pipe()
        start = _fork if forked else _spawn
        server = cls(start(model_path, max_request_seconds, writer), reader)
        os.close(writer)
        is_imported = forked and "tensorflow" in sys.modules
        try:
            server.next("starting TensorFlow", SECONDS_UNTIL_READY if is_imported else SECONDS_TO_IMPORT)
        except ServerGone:
            server.close()
            if forked:
                raise NotReady from None
            raise
        return server

    def next(self, doing: str, seconds: float) -> dict[str, Any]:
        """What it says next; raises `ServerGone` when it says nothing for so long, or has ended."""
        message = self._lines.next(seconds)
        if message is not None:
            return message
        if not self._lines.closed:
            self._stopped = _too_long(doing, seconds)
        raise ServerGone(self.ending(doing))

    @contextmanager
    def killed_after(self, doing: str, seconds: float) -> Iterator[None]:
        """Kill the process when the block takes longer."""

        def stop() -> None:
            self._stopped = _too_long(doing, seconds)
            self._process.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def ending(self, doing: str, otherwise: str = "") -> str:
        """How the process ended, as a sentence; `otherwise` where it goes on."""
        if self._stopped:
            return self._stopped
        if not self._lines.closed and self._lines.next(SECONDS_TO_END) is None and not self._lines.closed:
            return otherwise
        code = _reap(self._process)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"The model's process {how} while {doing}."

    def close(self) -> None:
        """Kill the process and wait for its end."""
        self._process.kill()
        _reap(self._process)
        os.close(self._reader)


def _too_long(doing: str, seconds: float) -> str:
    return f"The model's process was stopped while {doing}: it took longer than {seconds:g} s."


class _Lines:
    """Messages from a pipe, each waited for only so long."""

    def __init__(self, reader: int) -> None:
        self._reader = reader
        self._buffer = b""
        self.closed = False

    def next(self, seconds: float) -> dict[str, Any] | None:
        """The next message, or None when the time is over or the other end is closed."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._reader], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return None
            chunk = os.read(self._reader, 1 << 16)
            if not chunk:
                self.closed = True
                return None
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)


def _fork(model_path: str, max_request_seconds: float, writer: int) -> Killable:
    arguments = (model_path, max_request_seconds, writer)
    process = multiprocessing.get_context("fork").Process(target=run_server, args=arguments, daemon=True)
    process.start()
    return process


def _spawn(model_path: str, max_request_seconds: float, writer: int) -> Killable:
    module = "shipway_components.infra_validator.model_server"
    command = [sys.executable, "-m", module, model_path, str(max_request_seconds), str(writer)]
    return subprocess.Popen(command, pass_fds=(writer,))


def _reap(process: Any) -> int:
    if isinstance(process, subprocess.Popen):
        return process.wait()
    process.join()
    return process.exitcode or 0
