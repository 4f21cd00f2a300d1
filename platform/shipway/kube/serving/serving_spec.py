"""Where and how a model is served, and the InferenceService that asks KServe for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shipway.kube.serving.faults import BadName
from shipway.kube.serving.identity import (
    HISTORY,
    MANAGED_BY,
    REVISION,
    SHIPWAY,
    WITHDRAWN,
    ServedVersion,
    history_text,
)

API_VERSION, KIND = "serving.kserve.io/v1beta1", "InferenceService"
SHIPWAY_RUNTIME = "shipway-serving"
DEPLOYMENT_MODE = "serving.kserve.io/deploymentMode"
STANDARD = "RawDeployment"
"""One Deployment and one Service, no Knative. KServe 0.16 and later call it Standard, and take this name too."""

FORMAT = {"name": "tensorflow", "version": "2"}
LONGEST_NAME = 49
"""Of an InferenceService: KServe makes labels and DNS names of it, such as isvc.NAME-predictor, of 63 characters."""

NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")

WITHOUT_GAP = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}
"""No pod goes before its successor answers; KServe's default lets a quarter of them go at once."""


@dataclass(frozen=True)
class Serving:
    """One InferenceService as its caller wants it; what is None or empty is left as it is in the cluster.

    `scale_target` is in percent for the metric "cpu", in MiB for "memory".
    """

    name: str
    namespace: str
    runtime: str = SHIPWAY_RUNTIME
    service_account: str = ""
    resources: Mapping[str, Any] = field(default_factory=dict)
    min_replicas: int | None = None
    max_replicas: int | None = None
    scale_metric: str = ""
    scale_target: int | None = None

    def __post_init__(self) -> None:
        """Raises `BadName`."""
        if not NAME.fullmatch(self.name) or len(self.name) > LONGEST_NAME:
            rule = f"at most {LONGEST_NAME} lower-case letters, digits and '-', the first a letter"
            raise BadName("name of an InferenceService", self.name, rule)
        if not NAMESPACE.fullmatch(self.namespace) or len(self.namespace) > 63:
            raise BadName("namespace", self.namespace, "at most 63 lower-case letters, digits and '-'")


def wanted_predictor(serving: Serving, storage_uri: str) -> dict[str, Any]:
    """The fields of the predictor that are set here."""
    predictor = {
        "minReplicas": serving.min_replicas,
        "maxReplicas": serving.max_replicas,
        "scaleMetric": serving.scale_metric or None,
        "scaleTarget": serving.scale_target,
        "serviceAccountName": serving.service_account or None,
        "deploymentStrategy": WITHOUT_GAP,
    }
    model = {
        "runtime": serving.runtime,
        "modelFormat": FORMAT,
        "protocolVersion": "v1",
        "storageUri": storage_uri,
        "resources": serving.resources or None,
    }
    return {**_given(predictor), "model": _given(model)}


def wanted_annotations(
    version: ServedVersion, history: list[ServedVersion], withdrawn: list[str], revision: int
) -> dict[str, str | None]:
    """All that is said of the version; None for an annotation that is to go."""
    return {
        DEPLOYMENT_MODE: STANDARD,
        **{name: value or None for name, value in version.annotations().items()},
        REVISION: str(revision),
        HISTORY: history_text(history) if history else None,
        WITHDRAWN: _text_list(withdrawn),
    }


def new_service(serving: Serving, version: ServedVersion) -> dict[str, Any]:
    """The InferenceService of a first version."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": serving.name,
            "namespace": serving.namespace,
            "labels": {MANAGED_BY: SHIPWAY},
            "annotations": _given(wanted_annotations(version, [], [], 1)),
        },
        "spec": {"predictor": wanted_predictor(serving, version.storage_uri)},
    }


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _text_list(texts: list[str]) -> str | None:
    return json.dumps(texts) if texts else None
