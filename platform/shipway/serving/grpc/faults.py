"""Faults as gRPC statuses. Mapped here and nowhere else."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import grpc

from shipway.errors import InputError, ShipwayError
from shipway.serving.faults import Code, Conflicting, InferenceFailed, InvalidRequest, ServingFault

log = logging.getLogger(__name__)

TRACKING = "x-tracking-id"
RETRY_AFTER = "retry-after"
RETRY_PUSHBACK = "grpc-retry-pushback-ms"
"""What gRPC's own retry policies obey."""

LONGEST_DETAILS = 1024
"""Bytes of a sentence that are sent, as in TensorFlow Serving: clients refuse large trailers."""

STATUSES = {code: next(status for status in grpc.StatusCode if status.value[0] == code) for code in Code}


class DefectMet(InferenceFailed):
    """Something that no part of the server expected."""

    def __init__(self) -> None:
        super().__init__("Internal error: see the server's log.")


def fault_of(error: Exception, method: str) -> ServingFault:
    """The fault that an error of a method is answered with; a defect is logged with its trace."""
    if isinstance(error, ServingFault):
        return error
    if isinstance(error, InputError):
        return InvalidRequest(str(error))
    if isinstance(error, ShipwayError):
        return Conflicting(str(error))
    log.error("%s failed", method, exc_info=error)
    return DefectMet()


async def refuse(context: Any, fault: ServingFault, tracking_id: str = "") -> NoReturn:
    """End the RPC with the fault's status; raises grpc.aio's own `AbortError`, which nothing may catch."""
    metadata: list[tuple[str, str]] = [(TRACKING, tracking_id)] if tracking_id else []
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
