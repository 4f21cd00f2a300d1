"""Python that runs in a pod beside a release, as a client of its metadata service: by its Service, with the token."""

from __future__ import annotations

import json
import uuid
from typing import Any

from helm_release import HelmRelease

from harness.cluster import until

TOKEN_SECRET = "shipway-metadata-token"


def start_python(release: HelmRelease, script: str, *arguments: str) -> str:
    """Start `script` in a pod of its own; the pod's name. It knows the service by its environment."""
    name = f"client-{uuid.uuid4().hex[:8]}"
    release.cluster.apply(_pod(release, name, script, arguments), namespace=release.namespace)
    return name


def ended_python(release: HelmRelease, name: str, seconds: float = 180) -> Any:
    """What a started script printed last, read as JSON; fails with all it printed where it failed."""

    def phase() -> str:
        found = release.cluster.get("pod", name, namespace=release.namespace)["status"].get("phase", "")
        return found if found in ("Succeeded", "Failed") else ""

    ended = until(phase, seconds, f"pod {name} ends")
    said = release.cluster.logs(name, release.namespace)
    assert ended == "Succeeded", said
    return json.loads(said.strip().splitlines()[-1])


def run_python(release: HelmRelease, script: str, *arguments: str, seconds: float = 180) -> Any:
    return ended_python(release, start_python(release, script, *arguments), seconds)


def _pod(release: HelmRelease, name: str, script: str, arguments: tuple[str, ...]) -> dict[str, Any]:
    container = {
        "name": "client",
        "image": release.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", script],
        "args": list(arguments),
        "env": [{"name": "SHIPWAY_METADATA_TOKEN_FILE", "value": "/etc/shipway/metadata/token"}],
        "envFrom": [{"configMapRef": {"name": "shipway-pipelines"}}],
        "resources": {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "token", "mountPath": "/etc/shipway/metadata", "readOnly": True},
        ],
    }
    spec = {
        "restartPolicy": "Never",
        "securityContext": {"runAsNonRoot": True, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [
            {"name": "tmp", "emptyDir": {}},
            {"name": "token", "secret": {"secretName": TOKEN_SECRET, "defaultMode": 0o440}},
        ],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
