"""The fields by which a step's parameters describe an InferenceService, read strictly: no wish is silently ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shipway.artifacts.object_store import is_remote
from shipway.data.errors import listing
from shipway.errors import UsageError
from shipway.kube.serving.serving_spec import SHIPWAY_RUNTIME, Serving

TEXT, COUNT, SECONDS, RESOURCES = "a text", "a whole number", "a number of seconds above 0", "requests and limits"
METRICS = ("cpu", "memory")

PLACE = {"namespace": TEXT, "storage": TEXT, "runtime": TEXT, "service_account": TEXT, "resources": RESOURCES}
"""What every InferenceService takes, with the kind of each."""

SCALE = {"min_replicas": COUNT, "max_replicas": COUNT, "scale_metric": TEXT, "scale_target": COUNT}


class BadKServeField(UsageError):
    """A field that is not there, is missing or cannot be taken; `where` is the parameter that has it."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where} cannot be used: {problem}.")


def read_fields(where: str, given: Any, known: Mapping[str, str], needed: tuple[str, ...]) -> dict[str, Any]:
    """The fields, each of its kind; raises `BadKServeField`."""
    if not isinstance(given, Mapping):
        raise BadKServeField(where, f"it is {given!r} and must be a mapping of its fields")
    for name in needed:
        if not given.get(name):
            raise BadKServeField(where, f"{name!r} is missing")
    for name, value in given.items():
        if name not in known:
            raise BadKServeField(where, f"{name!r} is not among its fields, which are {', '.join(known)}")
        if not _is_of_kind(value, known[name]):
            raise BadKServeField(where, f"{name!r} is {value!r} and must be {known[name]}")
    if "storage" in given and not is_remote(given["storage"]):
        problem = f"'storage' is {given['storage']!r}, which KServe cannot read: give an s3:// or gs:// URI"
        raise BadKServeField(where, problem)
    # Kubeflow Pipelines turns every number into a double.
    return {name: int(value) if known[name] == COUNT else value for name, value in given.items()}


def serving_of(where: str, name: str, fields: Mapping[str, Any]) -> Serving:
    """The InferenceService that the fields describe; raises `BadKServeField` and `BadName`."""
    least, most, metric = fields.get("min_replicas"), fields.get("max_replicas"), fields.get("scale_metric", "")
    if least == 0:
        raise BadKServeField(where, "'min_replicas' is 0, and without Knative KServe keeps at least 1")
    if least is not None and most is not None and most < least:
        raise BadKServeField(where, f"'max_replicas' is {most}, below 'min_replicas', {least}")
    if metric not in ("", *METRICS):
        raise BadKServeField(where, f"'scale_metric' is {metric!r} and must be one of {listing(METRICS)}")
    return Serving(
        name=name,
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


def _as_texts(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    return {kind: {name: _text(value) for name, value in one.items()} for kind, one in resources.items()}


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)
