"""Faults as HTTP answers, in TensorFlow Serving's statuses and form: {"error": "..."}. Mapped here and nowhere else."""

from __future__ import annotations

import orjson

from shipway.serving.faults import Code, ServingFault, fault_of
from shipway.serving.rest.exchange import Exchange, Headers, Response, fields_of
from shipway.serving.tracking import TRACKING, TRACKING_HEADER, as_tracking_id, new_tracking_id

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


async def refuse(exchange: Exchange, error: Exception) -> None:
    """Answer with what an error means; a defect is logged with its trace."""
    if exchange.status:  # too late: an answer was begun
        raise error
    fault = fault_of(error, f"{exchange.method} {exchange.path}")
    call = exchange.call
    tracking_id = call.tracking_id if call else as_tracking_id(exchange.header(TRACKING_HEADER)) or new_tracking_id()
    await exchange.send(response_of(fault, tracking_id))


def response_of(fault: ServingFault, tracking_id: str) -> Response:
    """What a caller is answered: the status is the fault's own where HTTP has a better one than its code's."""
    status = getattr(fault, "http_status", None) or STATUSES[fault.code]
    body = orjson.dumps({"error": str(fault)})
    return status, [*fields_of(body), *_headers_of(fault), (TRACKING, tracking_id.encode())], body


def _headers_of(fault: ServingFault) -> Headers:
    """The headers that an error brings beside its body."""
    headers = list(getattr(fault, "http_headers", ()))
    if fault.retry_after_seconds is not None:
        headers.append((b"retry-after", str(fault.retry_after_seconds).encode()))
    if fault.code is Code.UNAUTHENTICATED:
        headers.append((b"www-authenticate", b"Bearer"))
    return headers
