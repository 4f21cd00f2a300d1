"""The runner's side of the zygotes: starting them when they are first needed, and following what they fork.

There is one for each kind of plan, so that nothing waits for modules it does not need.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shipway.runner.lifeline import kill_group
from shipway.runner.loop import EventLoop

CHUNK = 1 << 16
FAREWELL_SECONDS = 0.5


@dataclass(frozen=True)
class Ending:
    """How a task's process ended: with a result, with a sentence, or killed (`signal` is not 0).

    `kept`: what a step that failed has left as evidence, as an executor output lists artifacts.
    """

    result: dict[str, Any] | None = None
    sentence: str = ""
    known: bool = False
    signal: int = 0
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass
class Process:
    """A task's process. `pid` is 0 until it was forked."""

    on_start: Callable[[], None]
    on_progress: Callable[[int], None]
    on_end: Callable[[Ending], None]
    pid: int = 0
    ended: bool = False
    pipe: int = -1
    buffer: bytearray = field(default_factory=bytearray)

    def stop(self, number: signal.Signals) -> None:
        if self.pid and not self.ended:
            kill_group(self.pid, number)


class ZygotePool:
    """Starts jobs. Modules are looked for in `folders` too; what imports print goes to `log`."""

    def __init__(self, loop: EventLoop, log: Path, folders: Sequence[str]) -> None:
        self._loop = loop
        self._log = log
        self._folders = list(folders)
        self._zygotes: dict[str, ZygoteLink] = {}

    def prepare(self, kind: str, modules: Sequence[str] = ()) -> None:
        """Let a zygote import what it will need, before there is anything to fork."""
        if kind not in self._zygotes or self._zygotes[kind].lost:
            self._zygotes[kind] = ZygoteLink(self._loop, self._log, self._folders, list(modules))

    def start(self, kind: str, modules: Sequence[str], job: dict[str, Any], process: Process) -> None:
        """Have `job` done in a process forked from the zygote of that kind once `modules` are imported there."""
        self.prepare(kind)
        self._zygotes[kind].start(modules, job, process)

    def close(self) -> None:
        """End all zygotes, whatever runs in them, and what ended tasks have left running."""
        for zygote in self._zygotes.values():
            zygote.end()
        for zygote in self._zygotes.values():
            zygote.wait()


class ZygoteLink:
    """One zygote process and the tasks forked from it."""

    def __init__(self, loop: EventLoop, log: Path, folders: list[str], modules: list[str]) -> None:
        self._loop = loop
        self._processes: dict[int, Process] = {}
        self._last_id = 0
        self._log = log
        self.lost = False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, log.open("ab") as output:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "shipway.runner.zygote", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._control.send(json.dumps({"modules": modules, "folders": folders}).encode())
        loop.watch(self._control, self._receive)

    def start(self, modules: Sequence[str], job: dict[str, Any], process: Process) -> None:
        self._last_id += 1
        self._processes[self._last_id] = process
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(read_end, False)
        process.pipe = read_end
        description = os.memfd_create("job", os.MFD_CLOEXEC)
        with os.fdopen(os.dup(description), "w", encoding="utf-8") as file:
            json.dump(job, file)
        os.lseek(description, 0, os.SEEK_SET)
        message = json.dumps({"id": self._last_id, "modules": list(modules)}).encode()
        identifier = self._last_id
        self._loop.watch(read_end, lambda: self._read(identifier))
        try:
            socket.send_fds(self._control, [message], [description, write_end])
        except (BrokenPipeError, ConnectionResetError):
            self._loop.later(0, self._lost)
        os.close(description)
        os.close(write_end)

    def end(self) -> None:
        for process in list(self._processes.values()):
            process.stop(signal.SIGKILL)
            self._let_go(process)
        if not self.lost:
            self._loop.forget(self._control)
            self._control.close()
            self._zygote.terminate()

    def wait(self) -> None:
        """A zygote in the middle of an import hears of its end too late."""
        try:
            self._zygote.wait(timeout=FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            self._zygote.kill()
            self._zygote.wait()

    def _receive(self) -> None:
        try:
            data = self._control.recv(CHUNK)
        except ConnectionResetError:
            data = b""
        if not data:
            self._lost()
            return
        message = json.loads(data)
        if "started" in message:
            process = self._processes.get(message["started"])
            if process:
                process.pid = message["pid"]
                process.on_start()
            return
        identifier = message["exited"]
        self._read(identifier)
        status = message["status"]
        self._end(identifier, Ending(signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0))

    def _read(self, identifier: int) -> None:
        """Take in what the task has answered so far."""
        process = self._processes.get(identifier)
        if process is None or process.pipe < 0:
            return
        with contextlib.suppress(BlockingIOError):
            while data := os.read(process.pipe, CHUNK):
                process.buffer += data
            self._loop.forget(process.pipe)
            os.close(process.pipe)
            process.pipe = -1
        while b"\n" in process.buffer:
            line, _, rest = bytes(process.buffer).partition(b"\n")
            process.buffer = bytearray(rest)
            self._answered(identifier, process, json.loads(line))

    def _answered(self, identifier: int, process: Process, message: dict[str, Any]) -> None:
        if "progress" in message:
            process.on_progress(message["progress"])
        elif "result" in message:
            self._end(identifier, Ending(result=message["result"]))
        else:
            kept = message.get("kept", {})
            self._end(identifier, Ending(sentence=message["error"], known=message["known"], kept=kept))

    def _end(self, identifier: int, ending: Ending) -> None:
        process = self._processes.pop(identifier, None)
        if process is None:
            return
        self._let_go(process)
        process.on_end(ending)

    def _let_go(self, process: Process) -> None:
        process.ended = True
        if process.pipe >= 0:
            self._loop.forget(process.pipe)
            os.close(process.pipe)
            process.pipe = -1

    def _lost(self) -> None:
        """The zygote itself is gone: killed, or a module that it imported ended the process."""
        if self.lost:
            return
        self.lost = True
        self._loop.forget(self._control)
        self._control.close()
        code = self._zygote.wait()
        sentence = (
            f"The process that imports its modules ended with code {code}: see {self._log} for what it said last."
        )
        for identifier in list(self._processes):
            self._end(identifier, Ending(sentence=sentence, known=True))
