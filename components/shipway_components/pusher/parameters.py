"""Where the parameters say to push to, read strictly so that no wish is silently ignored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.artifacts.object_store import is_remote
from shipway.data.errors import listing
from shipway.errors import UsageError
from shipway.kube.serving.serving_spec import SHIPWAY_RUNTIME, Serving
from shipway_components.pusher.destination_layout import VERSIONING

TIMEOUT_SECONDS = 600.0
METRICS = ("cpu", "memory")
TEXT, COUNT, SECONDS, RESOURCES = "a text", "a whole number", "a number of seconds above 0", "requests and limits"
FIELDS = {
    "name": TEXT,
    "namespace": TEXT,
    "storage": TEXT,
    "runtime": TEXT,
    "service_account": TEXT,
    "resources": RESOURCES,
    "min_replicas": COUNT,
    "max_replicas": COUNT,
    "scale_metric": TEXT,
    "scale_target": COUNT,
    "timeout_seconds": SECONDS,
}
"""Of push_destination["kserve"], with what each takes."""

NEEDED = ("name", "namespace", "storage")


class BadDestination(UsageError):
    """The parameters do not say where to push to."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The pusher {problem}: give destination='/models/name', or "
            f'push_destination={{"filesystem": {{"base_directory": "/models/name"}}}}, or '
            f'push_destination={{"kserve": {{"name": ..., "namespace": ..., "storage": "s3://models/name"}}}}.'
        )


class BadKServeField(UsageError):
    """A field of push_destination["kserve"] that is not there, is missing or cannot be taken."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"push_destination['kserve'] cannot be used: {name!r} {problem}.")


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
    fields = read_fields(given, FIELDS, NEEDED)
    if not is_remote(fields["storage"]):
        raise BadKServeField(
            "storage", f"is {fields['storage']!r}, which KServe cannot read: give an s3:// or gs:// URI"
        )
    return KServeTarget(serving_of(fields), fields["storage"], float(fields.get("timeout_seconds", TIMEOUT_SECONDS)))


def read_fields(given: Any, known: Mapping[str, str], needed: tuple[str, ...]) -> dict[str, Any]:
    """The fields, each of its kind; raises `BadKServeField`."""
    if not isinstance(given, Mapping):
        raise BadKServeField("kserve", f"is {given!r} and must be a mapping of its fields")
    for name in needed:
        if not given.get(name):
            raise BadKServeField(name, "is missing")
    for name, value in given.items():
        if name not in known:
            raise BadKServeField(name, f"is not among its fields, which are {', '.join(known)}")
        if not _is_of_kind(value, known[name]):
            raise BadKServeField(name, f"is {value!r} and must be {known[name]}")
    return {name: _whole(value) if known[name] == COUNT else value for name, value in given.items()}


def serving_of(fields: Mapping[str, Any]) -> Serving:
    """The InferenceService that the fields describe; raises `BadKServeField` and `BadName`."""
    least, most = fields.get("min_replicas"), fields.get("max_replicas")
    if least == 0:
        raise BadKServeField("min_replicas", "is 0, and without Knative KServe keeps at least 1")
    if least is not None and most is not None and most < least:
        raise BadKServeField("max_replicas", f"is {most}, below 'min_replicas', {least}")
    metric = fields.get("scale_metric", "")
    if metric not in ("", *METRICS):
        raise BadKServeField("scale_metric", f"is {metric!r} and must be one of {listing(METRICS)}")
    return Serving(
        name=fields["name"],
        namespace=fields["namespace"],
        runtime=fields.get("runtime") or SHIPWAY_RUNTIME,
        service_account=fields.get("service_account", ""),
        resources=_as_texts(fields.get("resources") or {}),
        min_replicas=least,
        max_replicas=most,
        scale_metric=metric,
        scale_target=fields.get("scale_target"),
    )


def _is_of_kind(value: Any, kind: str) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == TEXT:
        return isinstance(value, str)
    if kind == COUNT:
        return is_number and value == int(value) and value >= 0
    if kind == SECONDS:
        return is_number and value > 0
    return (
        isinstance(value, Mapping)
        and set(value) <= {"requests", "limits"}
        and all(isinstance(one, Mapping) and all(_is_quantity(q) for q in one.values()) for one in value.values())
    )


def _is_quantity(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _whole(value: float) -> int:
    """Kubeflow Pipelines turns every number into a double."""
    return int(value)


def _as_texts(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    return {kind: {name: _text(value) for name, value in one.items()} for kind, one in resources.items()}


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)
