"""Faults as gRPC statuses. Mapped here and nowhere else."""

from __future__ import annotations

from typing import Any, NoReturn

import grpc

from shipway.serving.faults import Code, ServingFault
from shipway.serving.tracking import TRACKING_HEADER

RETRY_AFTER = "retry-after"
RETRY_PUSHBACK = "grpc-retry-pushback-ms"
"""What gRPC's own retry policies obey."""

LONGEST_DETAILS = 1024
"""Bytes of a sentence that are sent, as in TensorFlow Serving: clients refuse large trailers."""

STATUSES = {code: next(status for status in grpc.StatusCode if status.value[0] == code) for code in Code}


async def refuse(context: Any, fault: ServingFault, tracking_id: str = "") -> NoReturn:
    """End the RPC with the fault's status; raises grpc.aio's own `AbortError`, which nothing may catch."""
    metadata: list[tuple[str, str]] = [(TRACKING_HEADER, tracking_id)] if tracking_id else []
    if fault.retry_after_seconds is not None:
        metadata.append((RETRY_AFTER, str(fault.retry_after_seconds)))
        metadata.append((RETRY_PUSHBACK, str(1000 * fault.retry_after_seconds)))
    await context.abort(STATUSES[fault.code], details_of(fault), tuple(metadata))
    raise AssertionError("abort returned")


def details_of(fault: ServingFault) -> str:
    """The fault's sentence, cut where it is too long."""
    text = str(fault)
    raw = text.encode(errors="replace")
    if len(raw) <= LONGEST_DETAILS:
        return raw.decode()
    return raw[:LONGEST_DETAILS].decode(errors="ignore") + "...TRUNCATED"
