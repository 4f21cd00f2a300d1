"""What became of a call: a status of gRPC's and either a message or a response."""

from __future__ import annotations

from typing import NamedTuple

OK = 0
CANCELLED = 1
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
UNAUTHENTICATED = 16


class Answer(NamedTuple):
    """`code` is gRPC's; `data` the serialized response where it is 0, `message` a sentence where it is not."""

    code: int
    message: str = ""
    data: bytes = b""


def missed(what: str) -> Answer:
    """The caller's time was over before `what` happened."""
    return Answer(DEADLINE_EXCEEDED, f"The call's deadline passed before {what}: ask again with more time.")
