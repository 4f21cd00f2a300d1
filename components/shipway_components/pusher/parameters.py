"""Where the parameters say to push to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.data.errors import listing
from shipway.errors import UsageError
from shipway.kube.serving.serving_spec import Serving
from shipway_components.kserve.fields import PLACE, SCALE, SECONDS, TEXT, read_fields, serving_of
from shipway_components.pusher.destination_layout import VERSIONING

TIMEOUT_SECONDS = 600.0
KSERVE = "push_destination['kserve']"
FIELDS = {"name": TEXT, **PLACE, **SCALE, "timeout_seconds": SECONDS}


class BadDestination(UsageError):
    """The parameters do not say where to push to."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The pusher {problem}: give destination='/models/name', or "
            f'push_destination={{"filesystem": {{"base_directory": "/models/name"}}}}, or '
            f'push_destination={{"kserve": {{"name": ..., "namespace": ..., "storage": "s3://models/name"}}}}.'
        )


class UnknownVersioning(UsageError):
    """A way of numbering that does not exist."""

    def __init__(self, versioning: str) -> None:
        super().__init__(f"There is no versioning {versioning!r} for the pusher: it is one of {listing(VERSIONING)}.")


@dataclass(frozen=True)
class KServeTarget:
    """An InferenceService, the storage from which KServe fetches its versions, and how long a version may take."""

    serving: Serving
    storage: str
    timeout_seconds: float


def chosen_destination(destination: str, push_destination: Mapping[str, Any]) -> str | KServeTarget:
    """The one destination that the parameters name: a folder or prefix, or an InferenceService.

    Raises `BadDestination`, `BadKServeField`, `BadName`.
    """
    unknown = [name for name in push_destination if name not in ("filesystem", "kserve")]
    filesystem = push_destination.get("filesystem") or {}
    base = filesystem.get("base_directory") or filesystem.get("baseDirectory") or ""
    kserve = push_destination.get("kserve")
    if unknown or (push_destination and not base and kserve is None):
        raise BadDestination(f"does not understand push_destination={json.dumps(push_destination)}")
    given = [one for one in (destination, base, kserve) if one not in ("", None)]
    if len(given) != 1:
        raise BadDestination("has two destinations" if given else "has no destination")
    return destination or base or _read_kserve(kserve)


def _read_kserve(given: Any) -> KServeTarget:
    fields = read_fields(KSERVE, given, FIELDS, ("name", "namespace", "storage"))
    serving = serving_of(KSERVE, fields["name"], fields)
    return KServeTarget(serving, fields["storage"], float(fields.get("timeout_seconds", TIMEOUT_SECONDS)))
