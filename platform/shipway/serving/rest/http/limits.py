"""What one caller may cost before anything is known of him."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HttpLimits:
    """The limits of every connection; seconds are kept to within a second or two."""

    head_bytes: int = 64 * 1024
    """Of a request's line and headers, and of the trailers of a chunked body."""

    head_fields: int = 256
    """Headers and trailers."""

    body_bytes: int = 64 * 1024 * 1024
    """What is read of a body; the application hears of one byte more, so that it can say no."""

    bodies_bytes: int = 1024 * 1024 * 1024
    """Of the bodies of all connections together that have come, or are coming, and are not answered yet."""

    seconds_to_send: float = 30.0
    """How long a request may take to come."""

    idle_seconds: float = 75.0
    """How long a connection may rest: longer than load balancers let theirs, so that they close first."""

    waiting_requests: int = 16
    """Requests that were sent without awaiting answers; no more is read while so many wait."""


class HeldBytes:
    """What bodies take of the memory, over all connections."""

    def __init__(self) -> None:
        self.total = 0
