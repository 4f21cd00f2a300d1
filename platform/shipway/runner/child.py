"""What happens in the process of one task: its session, its log, the job, and one answer to the runner.

Answers are lines of JSON on a pipe: `{"progress": rows}` any number of times, then one of
`{"result": ...}` or `{"error": sentence, "known": bool, "kept": {...}}`.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from shipway.errors import ShipwayError, in_one_line
from shipway.runner.lifeline import die_with_parent

PROGRESS_SECONDS = 0.1


class Answer:
    """The task's side of the pipe to the runner."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._next_progress = 0.0
        self._untold: int | None = None

    def progress(self, rows: int) -> None:
        """Tell how many rows are done; more than ten times a second nobody could read it."""
        self._untold = int(rows)
        now = time.monotonic()
        if now >= self._next_progress:
            self._next_progress = now + PROGRESS_SECONDS
            self._tell()

    def finish(self, message: dict[str, Any]) -> None:
        """The last message: how the task ended, after how many rows in all."""
        if self._untold is not None:
            self._tell()
        self._send(message)

    def _tell(self) -> None:
        rows, self._untold = self._untold, None
        self._send({"progress": rows})

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]


def run_child(job_descriptor: int, answer_descriptor: int, parent: int) -> NoReturn:
    """Do the job of a freshly forked process and end it; never returns, never raises."""
    code = 1
    try:
        os.setsid()
        die_with_parent(signal.SIGKILL, parent)
        signal.signal(signal.SIGTERM, _interrupt)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with open(job_descriptor, encoding="utf-8") as file:
            job = json.load(file)
        _redirect(job["log"])
        _reseed()
        os.environ.update(job["environment"])
        os.set_inheritable(answer_descriptor, False)
        code = _answer(Answer(answer_descriptor), job)
    except BaseException:
        _log_trace()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)


def _answer(answer: Answer, job: dict[str, Any]) -> int:
    from shipway.runner.jobs import JOBS

    try:
        work: Callable[[dict[str, Any], Answer], Any] = JOBS[job["kind"]]
        answer.finish({"result": work(job, answer)})
        return 0
    except KeyboardInterrupt:
        answer.finish({"error": "It was stopped.", "known": True})
    except BaseException as error:
        _log_trace()
        known, sentence = _sentence(error, job)
        answer.finish({"error": sentence, "known": known, "kept": _kept(error, job)})
    return 1


def _log_trace() -> None:
    """The stack trace goes to the log alone; a disk too full for it must not take the sentence with it."""
    with contextlib.suppress(OSError):
        traceback.print_exc()


def _sentence(error: BaseException, job: dict[str, Any]) -> tuple[bool, str]:
    if isinstance(error, ShipwayError):
        return True, str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        from shipway.artifacts.publish import StorageFull

        return True, str(StorageFull(Path(error.filename or job["folder"])))
    if isinstance(error, MemoryError):
        return True, "It asked for more memory than this process may have: give it less data, or more memory."
    return False, in_one_line(error)


def _kept(error: BaseException, job: dict[str, Any]) -> dict[str, Any]:
    """The evidence that a step left; what runs a function or a command has no such thing."""
    if job["kind"] != "step":
        return {}
    from shipway.step.verdict import StepVerdict

    return error.kept if isinstance(error, StepVerdict) else {}


def _redirect(log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    for descriptor, target in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(descriptor, target)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


def _reseed() -> None:
    """NumPy's global generator came along in the fork; without this every step would draw the same numbers."""
    generator = sys.modules.get("numpy.random")
    if generator is not None:
        generator.seed()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
