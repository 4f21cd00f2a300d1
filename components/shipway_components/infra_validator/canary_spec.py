"""serving_spec["kubernetes"]: where the canary of a model is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.kube.serving.serving_spec import Serving
from shipway_components.kserve.fields import PLACE, read_fields, serving_of

KUBERNETES = "serving_spec['kubernetes']"
NAMELESS = "model"


@dataclass(frozen=True)
class CanarySpec:
    """The canary's InferenceService, and where KServe fetches the model from."""

    serving: Serving
    storage: str


def read_canary(serving_spec: Mapping[str, Any]) -> CanarySpec | None:
    """None where no cluster is asked for; raises `BadKServeField` and `BadName`."""
    given = serving_spec.get("kubernetes")
    if given is None:
        return None
    fields = read_fields(KUBERNETES, given, PLACE, ("namespace", "storage"))
    name = f"{serving_spec.get('model_name') or NAMELESS}-canary"
    return CanarySpec(serving_of(KUBERNETES, name, fields), fields["storage"])
