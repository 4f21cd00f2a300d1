"""Runs the probe in a process of its own and turns whatever becomes of it into a report.

Forking costs milliseconds and starts with TensorFlow imported, but TensorFlow's threads do not survive a fork: a child
of a process that has run TensorFlow would hang. Such a child does not say that it is ready, and a fresh interpreter
takes its place.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from shipway_components.infra_validator.probe import ProbeRequest, run_probe

SECONDS_UNTIL_READY = 3.0
SECONDS_TO_IMPORT = 120.0


class Killable(Protocol):
    """A process, by whichever way it was started."""

    def kill(self) -> None: ...


@dataclass
class ProbeReport:
    """What is known of the model: why it cannot be served (nothing: it can), and what was measured."""

    reasons: list[str] = field(default_factory=list)
    loading_seconds: float | None = None
    signatures: dict[str, Any] = field(default_factory=dict)


class NotReady(Exception):
    """The forked process cannot run TensorFlow."""


def probe_model(request: ProbeRequest, max_loading_seconds: float, max_request_seconds: float) -> ProbeReport:
    """Probe the model in a process of its own, which is gone when this returns."""
    if not _tensorflow_has_run():
        try:
            return _probe(request, max_loading_seconds, max_request_seconds, forked=True)
        except NotReady:
            pass
    return _probe(request, max_loading_seconds, max_request_seconds, forked=False)


def _probe(request: ProbeRequest, max_loading: float, max_requests: float, *, forked: bool) -> ProbeReport:
    reader, writer = os.pipe()
    process = _fork(request, writer) if forked else _spawn(request, writer)
    os.close(writer)
    try:
        return _listen(reader, process, max_loading, max_requests, forked)
    finally:
        process.kill()
        _reap(process)
        os.close(reader)


def _listen(reader: int, process: Any, max_loading: float, max_requests: float, forked: bool) -> ProbeReport:
    report = ProbeReport()
    lines = _Lines(reader)
    imported = forked and "tensorflow" in sys.modules
    if lines.next(SECONDS_UNTIL_READY if imported else SECONDS_TO_IMPORT) is None:
        if forked:
            raise NotReady
        report.reasons.append(_end(lines, process, "starting TensorFlow", SECONDS_TO_IMPORT))
        return report
    message = lines.next(max_loading)
    if message is None:
        report.reasons.append(_end(lines, process, "loading the model", max_loading))
        return report
    if message["stage"] == "loaded":
        report.loading_seconds = message["seconds"]
        message = lines.next(max_requests)
        if message is None:
            report.reasons.append(_end(lines, process, "answering requests", max_requests))
            return report
    report.reasons += message["reasons"]
    report.signatures = message["signatures"]
    return report


def _end(lines: _Lines, process: Any, doing: str, limit: float) -> str:
    if not lines.closed:
        return f"The model's process was stopped while {doing}: it took longer than {limit:g} s."
    code = _reap(process)
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"The model's process {how} while {doing}."


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


def _fork(request: ProbeRequest, writer: int) -> Killable:
    process = multiprocessing.get_context("fork").Process(target=run_probe, args=(request, writer), daemon=True)
    process.start()
    return process


def _spawn(request: ProbeRequest, writer: int) -> Killable:
    command = [sys.executable, "-m", "shipway_components.infra_validator.probe", request.to_json(), str(writer)]
    return subprocess.Popen(command, pass_fds=(writer,))


def _reap(process: Any) -> int:
    if isinstance(process, subprocess.Popen):
        return process.wait()
    process.join()
    return process.exitcode or 0


def _tensorflow_has_run() -> bool:
    """Whether TensorFlow's eager runtime is up in this process; a session alone does not show here."""
    if "tensorflow" not in sys.modules:
        return False
    from tensorflow.python.eager import context

    return bool(getattr(context.context(), "_initialized", False))
