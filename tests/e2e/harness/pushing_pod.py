"""The pusher as a pod, under a service account that has the documented rights and no more."""

from __future__ import annotations

import json
import uuid
from typing import Any

from harness.models import ModelPlace
from shipway.artifacts.object_store import upload

ACCOUNT = "pipelines"
KSERVE = "serving.kserve.io"
RULES = [
    {"apiGroups": [KSERVE], "resources": ["inferenceservices"], "verbs": ["get", "list", "create", "patch", "delete"]},
    {"apiGroups": [KSERVE], "resources": ["servingruntimes"], "verbs": ["get", "list"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    {"apiGroups": [""], "resources": ["services"], "verbs": ["get"]},
]


def grant(place: ModelPlace, *without: str) -> None:
    """The rights of docs/cluster.md on that namespace, but for those on resources in `without`."""
    rules = [one for one in RULES if not set(without) & set(one["resources"])]
    rbac = "rbac.authorization.k8s.io"
    subjects = [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": place.namespace}]
    place.cluster.apply(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": ACCOUNT}, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": ACCOUNT},
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": ACCOUNT},
            "subjects": subjects,
        },
        namespace=place.namespace,
    )


def push_from_pod(place: ModelPlace, number: str, model: str) -> tuple[str, str]:
    """Push the model that answers `number` from a pod; the pod's phase, and what it printed."""
    made = f"minio://{place.bucket}/made/{uuid.uuid4().hex}"
    upload(place.folder / number, f"{made}/model", [])
    name = f"pusher-{uuid.uuid4().hex[:6]}"
    where = {
        "name": model,
        "namespace": place.namespace,
        "storage": f"minio://{place.bucket}/{model}",
        "service_account": "models",
        "timeout_seconds": 240,
    }
    call = {
        "inputs": {
            "artifacts": {"model": {"artifacts": [{"name": "1", "uri": f"{made}/model", "metadata": {}}]}},
            "parameterValues": {"push_destination": {"kserve": where}, "versioning": "increment"},
        },
        "outputs": {
            "artifacts": {"pushed_model": {"artifacts": [{"name": "pushed_model", "uri": f"{made}/pushed"}]}},
            "outputFile": "/tmp/out/e2e/run-1/pusher/1/output_metadata.json",
        },
    }
    return place.cluster.run_pod(_pod(place, name, call), place.namespace, 400)


def _pod(place: ModelPlace, name: str, call: dict[str, Any]) -> dict[str, Any]:
    environment = {**place.store.environment, "SHIPWAY_MOUNT_ROOT": "/tmp/mounts", "SHIPWAY_UPLOAD_OUTPUTS": "1"}
    step = ["python", "-m", "shipway.step", "shipway_components.pusher"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": ACCOUNT,
            "containers": [
                {
                    "name": "main",
                    "image": place.images["control"],
                    "imagePullPolicy": "IfNotPresent",
                    "command": [*step, "--executor-input", json.dumps(call)],
                    "env": [{"name": key, "value": value} for key, value in environment.items()],
                }
            ],
        },
    }
