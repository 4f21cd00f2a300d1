"""One engine process, seen from the server: questions go in, answers come back in their order."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from time import monotonic

from shipway.lineage.server.answer import OK, UNAVAILABLE, Answer
from shipway.lineage.server.frames import Opening, Replies, question
from shipway.lineage.server.methods import Method

MODULE = "shipway.lineage.server.engine_process"
SECONDS_TO_END = 10.0

QUIET = {"GLOG_minloglevel": "3"}
"""The engine would print every statement that fails, with what callers have put into it."""

ENDED = Answer(
    UNAVAILABLE,
    "The engine process ended while it had the call, and another one is started: ask again; whether the call was "
    "stored is not known.",
)


class Job:
    """A call on its way: `answered` is its answer's future; `is_begun` once an engine process has it."""

    __slots__ = ("answered", "deadline", "is_begun", "method", "request")

    def __init__(self, method: Method, request: bytes, deadline: float, answered: asyncio.Future[Answer]) -> None:
        self.method = method
        self.request = request
        self.deadline = deadline
        self.answered = answered
        self.is_begun = False

    def end(self, answer: Answer) -> None:
        """Give the answer to whoever still waits for it."""
        if not self.answered.done():
            self.answered.set_result(answer)


class Worker(asyncio.Protocol):
    """An engine process on a database.

    Args:
        answered: called with the worker after each answer.
        ended: called with the worker when its process has ended unasked.

    Attributes:
        jobs: what it has been given and has not answered, the oldest first.
        answered_at: the monotonic time of its last answer, or of the first of the jobs that it has now.
        last_code: the code of its last answer.
    """

    def __init__(self, opening: Opening, answered: Callable[[Worker], None], ended: Callable[[Worker], None]) -> None:
        self.jobs: deque[Job] = deque()
        self.answered_at = monotonic()
        self.last_code = OK
        self._opening = opening
        self._answered = answered
        self._ended = ended
        self._replies = Replies()
        self._opened: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closing = False

    async def start(self) -> Answer:
        """Start the process; whether it could open its database. It is usable either way, and tries again."""
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", MODULE, str(theirs.fileno())]
            environment = {**QUIET, **os.environ}
            descriptors = [theirs.fileno()]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=descriptors, env=environment)
        ours.setblocking(False)
        self._opened = loop.create_future()
        self._transport, _ = await loop.create_unix_connection(lambda: self, sock=ours)
        self._transport.write(question(0, 0.0, self._opening.to_bytes()))
        return await asyncio.shield(self._opened)

    def ask(self, job: Job) -> None:
        assert self._transport is not None
        if not self.jobs:
            self.answered_at = monotonic()
        job.is_begun = True
        self.jobs.append(job)
        self._transport.write(question(job.method.place, job.deadline, job.request))

    def data_received(self, data: bytes) -> None:
        for answer in self._replies.feed(data):
            if self._opened is not None and not self._opened.done():
                self._opened.set_result(answer)
                continue
            self.answered_at = monotonic()
            self.last_code = answer.code
            self.jobs.popleft().end(answer)
            self._answered(self)

    def connection_lost(self, error: Exception | None) -> None:
        if self._opened is not None and not self._opened.done():
            self._opened.set_result(ENDED)
        jobs, self.jobs = self.jobs, deque()
        for job in jobs:
            job.end(ENDED)
        if not self._is_closing:
            self._ended(self)

    def kill(self) -> None:
        """End the process now; the rest happens as if it had ended by itself."""
        if self._process is not None:
            self._process.kill()

    async def close(self) -> None:
        """Let the process end what it does, and wait for its end."""
        self._is_closing = True
        if self._transport is not None:
            self._transport.close()
        if self._process is not None:
            await asyncio.to_thread(self._reap, self._process)

    @staticmethod
    def _reap(process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
