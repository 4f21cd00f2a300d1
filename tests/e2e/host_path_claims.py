"""Claims of a chart that are made before it is installed, where the cluster's volumes are folders of a node.

The provisioner of such clusters (`kubernetes.io/host-path`) makes folders that root alone may write, and a kubelet
sets no group on them: what runs as another user could not use its volume. Other volumes follow a pod's fsGroup.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from harness.cluster import Cluster, until

PROVISIONER = "kubernetes.io/host-path"
DEFAULT = "storageclass.kubernetes.io/is-default-class"
OPEN = "import os; os.chmod('/volume', 0o777)"


def open_claims(cluster: Cluster, claims: list[dict[str, Any]], release: str, namespace: str, image: str) -> None:
    """Make `claims` as Helm would, and let everybody write them; nothing where volumes are of another kind."""
    if not claims or not _are_folders(cluster):
        return
    owner = {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace}
    for claim in claims:
        claim["metadata"]["annotations"] |= owner
    cluster.apply(*claims, namespace=namespace)
    for claim in claims:
        _open(cluster, claim["metadata"]["name"], namespace, image)


def _are_folders(cluster: Cluster) -> bool:
    classes = cluster.get("storageclasses")["items"]
    default = [one for one in classes if one["metadata"].get("annotations", {}).get(DEFAULT) == "true"]
    return any(one["provisioner"] == PROVISIONER for one in default)


def _open(cluster: Cluster, claim: str, namespace: str, image: str) -> None:
    def volume() -> str:
        return cluster.get("pvc", claim, namespace=namespace)["spec"].get("volumeName", "")

    path = cluster.get("pv", until(volume, 30, f"{claim} is bound"))["spec"]["hostPath"]["path"]
    name = f"open-{uuid.uuid4().hex[:8]}"
    container = {
        "name": "open",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", OPEN],
        "securityContext": {"runAsUser": 0, "runAsGroup": 0},
        "volumeMounts": [{"name": "volume", "mountPath": "/volume"}],
    }
    spec = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "volume", "hostPath": {"path": path}}],
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    try:
        phase, said = cluster.run_pod(pod, "default", 60)
        assert phase == "Succeeded", f"{json.dumps(pod)}: {said}"
    finally:
        cluster.kubectl("delete", "pod", name, "--wait=false", namespace="default", check=False)
