"""What goes wrong with a request, as sentences for the person who made it, and the status of each.

::

    ShipwayError
     └─ RequestFault        status 400
         ├─ NotFound        404
         ├─ Forbidden       403
         └─ NotSignedIn     401
"""

from __future__ import annotations

from shipway.errors import EnvironmentFault, InputError, ShipwayError, UsageError
from shipway.lineage.faults import MissingStore
from shipway.runner.run_store import UnknownRun


class RequestFault(ShipwayError):
    """A request that cannot be answered as it is."""

    status = 400


class NotFound(RequestFault):
    """There is no such thing: `sentence` names it."""

    status = 404

    def __init__(self, sentence: str = "There is no page at this address.") -> None:
        super().__init__(sentence)


class Forbidden(RequestFault):
    """Whoever asks may not do this."""

    status = 403


class NotSignedIn(RequestFault):
    """Nobody has signed in, or too long ago."""

    status = 401

    def __init__(self) -> None:
        super().__init__("You are not signed in, or your session has ended: sign in.")


class OperatorsOnly(Forbidden):
    """A viewer wants to change something."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} may look and not change things: sign in as an operator.")


STATUSES: tuple[tuple[type[ShipwayError], int], ...] = (
    (UnknownRun, 404),
    (MissingStore, 404),
    (UsageError, 400),
    (InputError, 422),
    (EnvironmentFault, 503),
)


def status_of(error: ShipwayError) -> int:
    """The HTTP status that fits an error; the only place where errors meet HTTP."""
    if isinstance(error, RequestFault):
        return error.status
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
