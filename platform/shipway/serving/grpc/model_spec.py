"""TensorFlow Serving's ModelSpec: which model a request is for, and which one answered."""

from __future__ import annotations

from typing import Any

from shipway.serving.faults import InvalidRequest


class NoModelSpec(InvalidRequest):
    """A request that does not say which model it is for."""

    def __init__(self) -> None:
        super().__init__("Missing ModelSpec: set model_spec.name.")


class NoModelName(InvalidRequest):
    """A request whose model has no name."""

    def __init__(self) -> None:
        super().__init__("ModelSpec has no name specified: set model_spec.name.")


def spec_of(request: Any) -> Any:
    """The request's ModelSpec; raises `NoModelSpec`."""
    if not request.HasField("model_spec"):
        raise NoModelSpec
    return request.model_spec


def target_of(spec: Any) -> tuple[str, int | None, str | None]:
    """The name, and the version or the label where one is chosen; raises `NoModelName`."""
    name = spec.name
    if not name:
        raise NoModelName
    choice = spec.WhichOneof("version_choice")
    if choice is None:
        return name, None, None
    if choice == "version":
        return name, spec.version.value, None
    return name, None, spec.version_label


def write_spec(spec: Any, model: str, version: int, signature_name: str = "") -> None:
    """Fill an answer's ModelSpec."""
    spec.name = model
    spec.version.value = version
    if signature_name:
        spec.signature_name = signature_name
