"""The states of a model's versions, as TensorFlow Serving's status API tells them."""

from __future__ import annotations

from shipway.serving.faults import Code
from shipway.serving.servable import ServedModel, VersionState, VersionStatus

MOST_ENDED = 32
"""How many versions that have ended are remembered; TensorFlow Serving remembers all."""


def set_status(served: ServedModel, version: int, state: VersionState, code: Code = Code.OK, message: str = "") -> None:
    """Change the state of a version, and forget the lowest versions of too many that have ended."""
    served.statuses[version] = VersionStatus(version, state, code, message)
    ended = sorted(version for version, status in served.statuses.items() if status.state is VersionState.END)
    for forgotten in ended[:-MOST_ENDED]:
        del served.statuses[forgotten]
