"""An engine process: `python -m shipway.lineage.server.engine_process DESCRIPTOR`, started by the server alone.

It ends when the server's end of the socket is closed, and only then: signals that are meant for the server reach the
whole group, and the call under way is to end well.
"""

from __future__ import annotations

import signal
import socket
import sys
from time import monotonic
from typing import Protocol

from shipway.errors import ShipwayError
from shipway.lineage.server.answer import INTERNAL, OK, UNAVAILABLE, Answer, missed
from shipway.lineage.server.engine_handle import EngineHandle
from shipway.lineage.server.frames import QUESTION, Opening, reply
from shipway.lineage.server.methods import METHODS

BUFFER_BYTES = 1 << 16


class Readable(Protocol):
    """What the server writes to."""

    def read(self, size: int, /) -> bytes: ...


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as server, server.makefile("rb", buffering=BUFFER_BYTES) as questions:
        first = _read(questions)
        if first is not None:
            handle = EngineHandle(Opening.from_bytes(first[2]))
            try:
                server.sendall(reply(_opened(handle)))
                _serve(handle, questions, server)
            except (BrokenPipeError, ConnectionResetError):
                return 0
    return 0


def _opened(handle: EngineHandle) -> Answer:
    """Whether the database can be used now; where it cannot, it is tried again at every question."""
    try:
        handle.open()
    except ShipwayError as fault:
        return Answer(UNAVAILABLE, str(fault))
    return Answer(OK)


def _serve(handle: EngineHandle, questions: Readable, server: socket.socket) -> None:
    while (question := _read(questions)) is not None:
        place, deadline, request = question
        if deadline and monotonic() > deadline:
            answer = missed("its turn came")
        else:
            try:
                answer = handle.call(METHODS[place], request, deadline)
            except Exception as error:
                answer = Answer(INTERNAL, f"The metadata service failed: {type(error).__name__}: {error}")
        server.sendall(reply(answer))


def _read(questions: Readable) -> tuple[int, float, bytes] | None:
    """A method's place, its deadline and the request; None when the server has gone."""
    header = questions.read(QUESTION.size)
    if len(header) < QUESTION.size:
        return None
    size, place, deadline = QUESTION.unpack(header)
    request = questions.read(size)
    return (place, deadline, request) if len(request) == size else None


if __name__ == "__main__":
    sys.exit(main())
