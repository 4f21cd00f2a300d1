"""What to validate: TFX's specs in their JSON form, read strictly so that no wish is silently ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.errors import InputError
from shipway_components.infra_validator.canary_spec import CanarySpec, read_canary


class BadSpec(InputError):
    """A field that a spec does not have, or a value that it cannot take."""

    def __init__(self, spec: str, field: str, problem: str) -> None:
        super().__init__(f"{spec} cannot be used: {field!r} {problem}.")


@dataclass(frozen=True)
class ValidationSpecs:
    """Limits and requests of one validation.

    `split_name` empty: the split called "eval" where there is one, else the first. `signature_names` empty: the default
    signature and that of named features. `max_latency_ms` of 0: no limit.
    """

    max_loading_time_seconds: float = 300.0
    max_request_seconds: float = 60.0
    num_tries: int = 1
    split_name: str = ""
    num_examples: int = 16
    signature_names: tuple[str, ...] = ()
    max_latency_ms: float = 0.0
    canary: CanarySpec | None = None
    """Where the model is served for the validation; None: by a process of this machine."""


def read_specs(
    serving_spec: Mapping[str, Any],
    validation_spec: Mapping[str, Any],
    request_spec: Mapping[str, Any],
    max_latency_ms: float,
) -> ValidationSpecs:
    """The specs together; raises `BadSpec`.

    `serving_spec` may name TensorFlow Serving images, which change nothing here: Shipway's own model server serves it,
    by the same library code, or in the cluster (`kubernetes`) the runtime that is named there. `local_docker` is not
    for this step.
    """
    _require_fields("serving_spec", serving_spec, {"model_name", "tensorflow_serving", "kubernetes"})
    _require_fields(
        "validation_spec", validation_spec, {"max_loading_time_seconds", "max_request_seconds", "num_tries"}
    )
    _require_fields("request_spec", request_spec, {"split_name", "num_examples", "tensorflow_serving"})
    serving = request_spec.get("tensorflow_serving") or {}
    _require_fields("request_spec.tensorflow_serving", serving, {"signature_names"})
    default = ValidationSpecs()
    return ValidationSpecs(
        max_loading_time_seconds=_positive("validation_spec", validation_spec, "max_loading_time_seconds", default),
        max_request_seconds=_positive("validation_spec", validation_spec, "max_request_seconds", default),
        num_tries=int(_positive("validation_spec", validation_spec, "num_tries", default)),
        split_name=str(request_spec.get("split_name") or ""),
        num_examples=int(_positive("request_spec", request_spec, "num_examples", default)),
        signature_names=tuple(serving.get("signature_names") or ()),
        max_latency_ms=max_latency_ms,
        canary=read_canary(serving_spec),
    )


def _require_fields(spec: str, given: Mapping[str, Any], known: set[str]) -> None:
    for field in given:
        if field not in known:
            raise BadSpec(spec, field, f"is not among its fields, which are {', '.join(sorted(known))}")


def _positive(spec: str, given: Mapping[str, Any], field: str, default: ValidationSpecs) -> float:
    value = given.get(field) or getattr(default, field)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise BadSpec(spec, field, f"is {value!r} and must be a number above 0")
    return value
