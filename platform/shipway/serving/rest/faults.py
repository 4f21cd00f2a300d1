"""Faults as HTTP answers, in TensorFlow Serving's statuses and form: {"error": "..."}. Mapped here and nowhere else."""

from __future__ import annotations

import orjson

from shipway.serving.faults import Code, ServingFault

STATUSES = {
    Code.OK: 200,
    Code.CANCELLED: 499,
    Code.INVALID_ARGUMENT: 400,
    Code.DEADLINE_EXCEEDED: 504,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.UNAUTHENTICATED: 401,
}


def body_of(fault: ServingFault) -> bytes:
    """The JSON body of an error."""
    return orjson.dumps({"error": str(fault)})


def headers_of(fault: ServingFault) -> list[tuple[bytes, bytes]]:
    """The headers that an error brings beside its body."""
    if fault.retry_after_seconds is None:
        return []
    return [(b"retry-after", str(fault.retry_after_seconds).encode())]
