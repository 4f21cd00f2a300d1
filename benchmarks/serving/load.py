"""Closed loops of requests from a process of their own: h2load, and every request's latency out of its log."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from payloads import GRPC

MISSING = "h2load is not installed: get it with `apt-get install nghttp2-client` (or your system's nghttp2 package)."
WARM_UP_SECONDS = 1
STEPS_A_SECOND = 50
ARRIVALS_A_CONNECTION = 2
"""A second. With fewer, opening all the connections would be the overload; with more, connections that waited for an
answer would catch up after the overload and prolong it."""


@dataclass(frozen=True)
class Target:
    """What is asked: an address, the body's file, and how many bytes a good answer has where its size never varies."""

    url: str
    body: Path
    content_type: str
    answer_bytes: int | None = None


@dataclass(frozen=True)
class Load:
    """One loop's figures: good answers a second, latency in milliseconds of all answers, and answers not good."""

    rate: float
    p50_ms: float
    p99_ms: float
    failures: int


class MissingTool(Exception):
    """The load generator is not there; the message says how to get it."""


def require_h2load() -> str:
    """h2load's version; raises `MissingTool`."""
    if shutil.which("h2load") is None:
        raise MissingTool(MISSING)
    return subprocess.run(["h2load", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def closed_loop(target: Target, callers: int, seconds: float, warm_up: float = WARM_UP_SECONDS) -> Load:
    """`callers` connections, each of which asks again as soon as it is answered, for `seconds` after a warm-up."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "requests")
        shape = ["-c", str(callers), "-m", "1", "-D"]
        # Not --warm-up-time: h2load's count of bytes would include it, and the status of its last answers be lost.
        _h2load(target, [*shape, _duration(warm_up)])
        report = _h2load(target, [*shape, _duration(seconds), f"--log-file={log}"])
        log_lines = read_log(log)
    status, latency = log_lines[:, 1], log_lines[:, 2] / 1000
    good = int(np.sum((status >= 200) & (status < 300)))
    failures = len(status) - good + _number(r"(\d+) errored", report) + _number(r"(\d+) timeout", report)
    if target.answer_bytes is not None:
        failures += _odd_answers(report, target.answer_bytes, len(status))
    if not len(latency):
        return Load(0.0, float("nan"), float("nan"), max(failures, 1))
    return Load(good / seconds, float(np.percentile(latency, 50)), float(np.percentile(latency, 99)), failures)


def paced_loop(target: Target, callers: int, rate: float, seconds: float) -> tuple[float, int]:
    """`rate` requests a second over `callers` connections; returns good answers a second and answers not good."""
    shape = ["-c", str(callers), "-m", "1", f"--rps={rate / callers:.3f}", "-D", _duration(seconds)]
    report = _h2load(target, shape)
    good = _number(r"(\d+) 2xx", report)
    return good / seconds, _number(r"requests: \d+ total.* (\d+) failed", report) + _errors(report)


@contextmanager
def background_loop(target: Target, callers: int, seconds: float, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A closed loop that goes on while the block runs and is waited for at its end; `log` gets every request."""
    with _started(target, ["-c", str(callers), "-m", "1", "-D", _duration(seconds)], log) as process:
        yield process


@contextmanager
def arrivals(target: Target, rate: float, seconds: float, log: Path) -> Iterator[None]:
    """Requests that arrive `rate` times a second for `seconds`, whether or not earlier ones are answered.

    Each of many connections asks a few times a second; one that was answered late catches up. They begin spread over
    the first second. `log` gets every request; the end of the block waits for the last answer.
    """
    connections = max(1, round(rate / ARRIVALS_A_CONNECTION))
    each = rate / connections
    spread = ["-r", str(-(-connections // STEPS_A_SECOND)), f"--rate-period={1000 // STEPS_A_SECOND}ms"]
    requests = ["-n", str(connections * round(each * seconds)), f"--rps={each:.3f}"]
    shape = ["-c", str(connections), "-m", "1", *requests, *spread]
    with _started(target, shape, log):
        yield


@contextmanager
def _started(target: Target, shape: list[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    log.unlink(missing_ok=True)  # h2load appends
    command = [*_command(target, shape), f"--log-file={log}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
        output, _ = process.communicate()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, output)
    finally:
        process.kill()
        process.wait()


def answer_bytes(target: Target) -> int:
    """How many bytes of data one answer has, asked once; at least 1."""
    return max(1, _data_bytes(_h2load(target, ["-n", "1", "-c", "1"])))


def read_log(path: Path) -> np.ndarray:
    """h2load's log as rows of start (microseconds since the epoch), status (-1: none) and latency (microseconds)."""
    lines = np.loadtxt(path, dtype=np.int64, ndmin=2) if path.exists() and path.stat().st_size else np.empty((0, 3))
    return lines.reshape(-1, 3)


def _h2load(target: Target, shape: list[str]) -> str:
    return subprocess.run(_command(target, shape), capture_output=True, text=True, check=True).stdout


def _command(target: Target, shape: list[str]) -> list[str]:
    is_grpc = target.content_type == GRPC
    headers = ["-H", f"content-type: {target.content_type}", *(["-H", "te: trailers"] if is_grpc else [])]
    return ["h2load", *([] if is_grpc else ["--h1"]), *shape, *headers, "-d", str(target.body), target.url]


def _duration(seconds: float) -> str:
    return f"{round(1000 * seconds)}ms"  # h2load takes whole numbers alone


def _errors(report: str) -> int:
    return sum(_number(rf"(\d+) {kind}xx", report) for kind in (3, 4, 5))


def _odd_answers(report: str, size: int, answers: int) -> int:
    # gRPC says by a trailer whether a call succeeded and HTTP says 200 to all; one that failed carries no message.
    return max(0, size * answers - _data_bytes(report)) // size


def _data_bytes(report: str) -> int:
    return _number(r"\((\d+)\) data", report)


def _number(pattern: str, report: str) -> int:
    found = re.search(pattern, report)
    return int(found[1]) if found else 0
