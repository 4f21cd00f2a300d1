"""What can become of a request that is not answered with a prediction.

A fault carries one of gRPC's canonical codes, which TensorFlow Serving uses on both of its transports; the transports
map codes to their own statuses, each in one place::

    ServingFault
     ├─ InvalidRequest       INVALID_ARGUMENT
     ├─ ModelNotFound        NOT_FOUND            also versions and labels
     ├─ NotReady             UNAVAILABLE          not loaded yet
     ├─ Overloaded           RESOURCE_EXHAUSTED   come back later
     ├─ DeadlineExceeded     DEADLINE_EXCEEDED
     ├─ Unauthenticated      UNAUTHENTICATED
     ├─ Refused              PERMISSION_DENIED
     ├─ Unsupported          UNIMPLEMENTED
     ├─ Conflicting          FAILED_PRECONDITION
     └─ InferenceFailed      INTERNAL             the model itself failed
         └─ DefectMet                             or the server did
"""

from __future__ import annotations

import logging
from enum import IntEnum

from shipway.errors import InputError, ShipwayError

log = logging.getLogger(__name__)


class Code(IntEnum):
    """gRPC's canonical codes, by their numbers."""

    OK = 0
    CANCELLED = 1
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class ServingFault(ShipwayError):
    """A request that is answered with an error."""

    code = Code.INTERNAL
    retry_after_seconds: int | None = None


class InvalidRequest(ServingFault):
    """The request itself is wrong: its form, its names, its types or its shapes."""

    code = Code.INVALID_ARGUMENT


class ModelNotFound(ServingFault):
    """No such model, version or label is served."""

    code = Code.NOT_FOUND


class NotReady(ServingFault):
    """What is asked for will be there, or is about to go."""

    code = Code.UNAVAILABLE
    retry_after_seconds = 1


class Overloaded(ServingFault):
    """More is asked than can be answered in time."""

    code = Code.RESOURCE_EXHAUSTED
    retry_after_seconds = 1


class DeadlineExceeded(ServingFault):
    """The caller's time, or the server's own limit, is over."""

    code = Code.DEADLINE_EXCEEDED


class Unauthenticated(ServingFault):
    """No token, or not the right one."""

    code = Code.UNAUTHENTICATED


class Refused(ServingFault):
    """The caller is known and may not do this."""

    code = Code.PERMISSION_DENIED


class Unsupported(ServingFault):
    """Something that the API has and this server does not."""

    code = Code.UNIMPLEMENTED


class Conflicting(ServingFault):
    """The state of the server does not allow it now."""

    code = Code.FAILED_PRECONDITION


class InferenceFailed(ServingFault):
    """The model raised an error that is not the caller's doing."""

    code = Code.INTERNAL


class DefectMet(InferenceFailed):
    """Something that no part of the server expected."""

    def __init__(self) -> None:
        super().__init__("Internal error: see the server's log.")


def fault_of(error: Exception, request: str) -> ServingFault:
    """The fault that an error is answered with; a defect is logged with its trace, under the name of its request."""
    if isinstance(error, ServingFault):
        return error
    if isinstance(error, InputError):
        return InvalidRequest(str(error))
    if isinstance(error, ShipwayError):
        return Conflicting(str(error))
    log.error("%s failed", request, exc_info=error)
    return DefectMet()
