"""How the server and an engine process speak over their socket: headers of fixed size, then bytes.

A question is a method's place in `METHODS`, its deadline and the request; the first one of all is the `Opening`. An
answer is a code, a message and the response. Answers come in the order of the questions.
"""

from __future__ import annotations

import json
import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from shipway.lineage.server.answer import Answer

QUESTION = struct.Struct("<IHd")
"""Bytes of the request, the method's place, when the caller gives up (on the machine's monotonic clock; 0: never)."""

REPLY = struct.Struct("<IIB")
"""Bytes of the response, bytes of the message, the code."""

LONGEST_MESSAGE = 2000
"""Bytes of an engine's message that are passed on: it may quote a whole statement, and gRPC bounds a status."""


@dataclass(frozen=True)
class Opening:
    """What an engine process is to open.

    Args:
        name: the database as people write it, without a password.
        config: ML Metadata's `ConnectionConfig`, serialized.
        path: the file, for SQLite.
    """

    name: str
    config: bytes = field(repr=False)
    path: str = ""

    def to_bytes(self) -> bytes:
        config = b64encode(self.config).decode()
        return json.dumps({"name": self.name, "config": config, "path": self.path}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Opening:
        fields = json.loads(data)
        return cls(fields["name"], b64decode(fields["config"]), fields["path"])


def question(place: int, deadline: float, request: bytes) -> bytes:
    return QUESTION.pack(len(request), place, deadline) + request


def reply(answer: Answer) -> bytes:
    message = answer.message.encode("utf-8", "replace")[:LONGEST_MESSAGE]
    return REPLY.pack(len(answer.data), len(message), answer.code) + answer.data + message


class Replies:
    """Answers cut out of a stream of bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Answer]:
        """The answers that are whole now."""
        buffer = self._buffer
        buffer += data
        answers = []
        start = 0
        while len(buffer) - start >= REPLY.size:
            size, message_size, code = REPLY.unpack_from(buffer, start)
            middle = start + REPLY.size + size
            end = middle + message_size
            if len(buffer) < end:
                break
            message = bytes(buffer[middle:end]).decode("utf-8", "replace")
            answers.append(Answer(code, message, bytes(buffer[end - message_size - size : middle])))
            start = end
        del buffer[:start]
        return answers
