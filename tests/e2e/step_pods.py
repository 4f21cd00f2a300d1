"""Running a compiled pipeline's steps as pods, one after the other, without an engine: each step moves its own files.

Image, command, parameters and wiring are those of the compiled file; what a driver and a launcher do beside that is
done here (the executor input) and in the step's wrapper (`SHIPWAY_UPLOAD_OUTPUTS`).
"""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from helm_release import HelmRelease

from harness.object_store import ObjectStore

STORE_SECRET = "object-store"
MOUNTS = "/tmp/mounts"
PLACEHOLDER = re.compile(r"\{\{\$\.inputs\.parameters\['([^']+)'\]\}\}")


@dataclass
class PodRun:
    """One run of a pipeline: its steps' pods, their outputs, and how long each took from its creation to its end."""

    release: HelmRelease
    images: dict[str, str]
    store: ObjectStore
    bucket: str
    spec: dict[str, Any]
    parameters: dict[str, Any]
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    pods: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def run_all(self) -> None:
        """Every task, each when those before it have ended well."""
        tasks = self.spec["root"]["dag"]["tasks"]
        while waiting := [name for name in tasks if name not in self.outputs]:
            ready = [name for name in waiting if _before(tasks[name]) <= self.outputs.keys()]
            phase, said = self.run(ready[0])
            assert phase == "Succeeded", f"{ready[0]}: {said}"

    def run(self, task: str, **wired: dict[str, Any]) -> tuple[str, str]:
        """One task as a pod, with artifacts that `wired` gives in the place of tasks' own; its phase and its log."""
        began = time.monotonic()
        attempt = f"{self.bucket}/v2/artifacts/{self.spec['pipelineInfo']['name']}/{self.run_id}/{task}/{uuid.uuid4()}"
        pod = f"{task}-{uuid.uuid4().hex[:6]}"
        call = self._executor_input(task, attempt, wired)
        cluster = self.release.cluster
        phase, said = cluster.run_pod(self._pod(pod, task, call), self.release.namespace, 400)
        self.pods[task] = pod
        self.seconds[task] = time.monotonic() - began
        if phase == "Succeeded":
            with self.store.files().open_input_stream(f"{attempt}/output_metadata.json") as stream:
                self.outputs[task] = json.loads(stream.read())
        return phase, said

    def artifact(self, task: str, output: str) -> dict[str, Any]:
        """An output as Kubeflow hands it on: types and names gone, whole numbers as floats, objects wrapped."""
        [written] = self.outputs[task]["artifacts"][output]["artifacts"]
        metadata = {name: _through_a_store(value) for name, value in written["metadata"].items()}
        return {"name": "17", "type": {"instanceSchema": ""}, "uri": written["uri"], "metadata": metadata}

    def _executor_input(self, name: str, attempt: str, wired: dict[str, Any]) -> dict[str, Any]:
        task = self.spec["root"]["dag"]["tasks"][name]
        component = self.spec["components"][task["componentRef"]["name"]]
        given = task.get("inputs", {})
        artifacts = {
            key: self.artifact(
                one["taskOutputArtifact"]["producerTask"], one["taskOutputArtifact"]["outputArtifactKey"]
            )
            for key, one in given.get("artifacts", {}).items()
            if key not in wired and one["taskOutputArtifact"]["producerTask"] in self.outputs
        }
        outputs = component["outputDefinitions"]
        return {
            "inputs": {
                "parameterValues": _filled({key: self._value(one) for key, one in given.get("parameters", {}).items()}),
                "artifacts": {key: {"artifacts": [one]} for key, one in {**artifacts, **wired}.items()},
            },
            "outputs": {
                "parameters": {key: {"outputFile": f"/tmp/parameters/{key}"} for key in outputs.get("parameters", {})},
                "artifacts": {
                    key: {"artifacts": [{"name": key, "uri": f"minio://{attempt}/{key}"}]}
                    for key in outputs.get("artifacts", {})
                },
                "outputFile": f"{MOUNTS}/minio/{attempt}/output_metadata.json",
            },
        }

    def _value(self, wired: dict[str, Any]) -> Any:
        if "componentInputParameter" in wired:
            name = wired["componentInputParameter"]
            declared = self.spec["root"]["inputDefinitions"]["parameters"][name]
            return self.parameters.get(name, declared.get("defaultValue"))
        return wired["runtimeValue"]["constant"]

    def _pod(self, name: str, task: str, call: dict[str, Any]) -> dict[str, Any]:
        label = self.spec["components"][self.spec["root"]["dag"]["tasks"][task]["componentRef"]["name"]][
            "executorLabel"
        ]
        container = self.spec["deploymentSpec"]["executors"][label]["container"]
        image = self.images[container["image"].partition("/")[2].partition(":")[0]]
        arguments = [json.dumps(call) if one == "{{$}}" else one for one in container["args"]]
        environment = {
            "SHIPWAY_MOUNT_ROOT": MOUNTS,
            "SHIPWAY_UPLOAD_OUTPUTS": "1",
            "SHIPWAY_OBJECT_STORE_ENDPOINT": self.store.endpoint,
            "SHIPWAY_METADATA_TOKEN_FILE": "/etc/shipway/metadata/token",
        }
        spec = {
            "restartPolicy": "Never",
            "securityContext": {"runAsNonRoot": True, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "main",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": container["command"],
                    "args": arguments,
                    "env": [{"name": key, "value": value} for key, value in environment.items()],
                    "envFrom": [
                        {"configMapRef": {"name": "shipway-pipelines"}},
                        {"secretRef": {"name": STORE_SECRET}},
                    ],
                    "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"memory": "4Gi"}},
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
            ],
            "volumes": [
                {"name": "tmp", "emptyDir": {}},
                {"name": "token", "secret": {"secretName": "shipway-metadata-token", "defaultMode": 0o440}},
            ],
        }
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def _filled(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters with the placeholders in them replaced by the values of others, as the launcher does in a text."""

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(one) for key, one in value.items()}
        if isinstance(value, list):
            return [fill(one) for one in value]
        if isinstance(value, str):
            return PLACEHOLDER.sub(lambda found: _plain(parameters[found[1]]), value)
        return value

    return {key: fill(value) for key, value in parameters.items()}


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _before(task: dict[str, Any]) -> set[str]:
    wired = task.get("inputs", {}).get("artifacts", {}).values()
    return {*task.get("dependentTasks", ()), *(one["taskOutputArtifact"]["producerTask"] for one in wired)}


def _through_a_store(value: Any) -> Any:
    if isinstance(value, dict):
        return {"struct": value}
    if isinstance(value, list):
        return {"list": value}
    return float(value) if isinstance(value, int) else value
