"""A process that imports what steps need and is then forked for each of them: `python -m shipway.runner.zygote`.

TensorFlow and the TFX libraries take seconds to import; a forked child has them in milliseconds. Imports happen one
by one; between two of them, steps whose own modules are in are forked, and what they wait for is moved to the front.
This process never starts a thread of its own, holds no connection to the metadata store, and ends with its runner.

Messages are JSON packets on a socket. From the runner: `{"modules": [...], "folders": [...]}` once, then
`{"id", "modules"}` with two file descriptors, the job to read and the pipe to answer on. To the runner:
`{"started": id, "pid"}` and `{"exited": id, "status"}`, the status as `waitpid` gives it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from typing import Any

import shipway.runner.jobs
import shipway.step  # noqa: F401 - what every child needs
from shipway.runner.child import run_child
from shipway.runner.lifeline import die_with_parent, kill_group
from shipway.settings import STEP_ENVIRONMENT
from shipway.step.user_code import import_current

PACKET = 1 << 16


@dataclass(frozen=True)
class Request:
    """A job that waits to be forked."""

    id: int
    modules: tuple[str, ...]
    job: int
    answer: int


class Zygote:
    """Serves one runner over `control` until that closes."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._waiting: list[Request] = []
        self._running: dict[int, int] = {}
        self._to_import: list[str] = []
        self._imported: set[str] = set()
        self._child_ended, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Import and fork until the runner goes away; children go with it."""
        try:
            while True:
                self._fork_ready()
                busy = self._import_next()
                sources = [self._control.fileno(), self._child_ended]
                readable, _, _ = select.select(sources, [], [], 0 if busy else None)
                if self._child_ended in readable:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._child_ended, PACKET)
                if self._control.fileno() in readable and not self._receive():
                    return
                self._reap()
        finally:
            self.kill_children()

    def kill_children(self) -> None:
        for pid in list(self._running):
            kill_group(pid, signal.SIGKILL)

    def _receive(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._control, PACKET, 2)
        if not data:
            return False
        message = json.loads(data)
        if "id" in message:
            self._waiting.append(Request(message["id"], tuple(message["modules"]), *descriptors))
            self._put_wanted_first()
        else:
            sys.path[:0] = [folder for folder in message["folders"] if folder not in sys.path]
            self._to_import += message["modules"]
        return True

    def _put_wanted_first(self) -> None:
        wanted = dict.fromkeys(name for request in self._waiting for name in request.modules)
        first = [name for name in wanted if name not in self._imported]
        self._to_import = first + [name for name in self._to_import if name not in wanted]

    def _import_next(self) -> bool:
        """Import one module; whether there was one. What cannot be imported is the step's own affair."""
        if not self._to_import:
            return False
        name = self._to_import.pop(0)
        self._imported.add(name)
        try:
            import_current(name)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException:
            traceback.print_exc()
        return True

    def _fork_ready(self) -> None:
        ready = [request for request in self._waiting if self._imported.issuperset(request.modules)]
        if ready:
            gc.freeze()
        for request in ready:
            self._waiting.remove(request)
            self._fork(request)

    def _fork(self, request: Request) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._control.close()
            signal.set_wakeup_fd(-1)
            run_child(request.job, request.answer, parent)
        os.close(request.job)
        os.close(request.answer)
        self._running[pid] = request.id
        self._send({"started": request.id, "pid": pid})

    def _reap(self) -> None:
        """Report children that ended; what they left running in their process group ends here too."""
        for pid, identifier in list(self._running.items()):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            kill_group(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            del self._running[pid]
            self._send({"exited": identifier, "status": status})

    def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._control.send(json.dumps(message).encode())


def main(arguments: list[str]) -> None:
    descriptor, parent = map(int, arguments)
    for name, value in STEP_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    zygote = Zygote(socket.socket(fileno=descriptor))

    def end(*_: object) -> None:
        zygote.kill_children()
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    die_with_parent(signal.SIGTERM, parent)
    zygote.serve()


if __name__ == "__main__":
    main(sys.argv[1:])
