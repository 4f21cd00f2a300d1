"""A place for models: a namespace in which KServe reads a bucket, the model server's runtime, and pushes to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.cluster import Cluster, until
from harness.object_store import ObjectStore
from shipway.artifacts import Model, PushedModel
from shipway.step import StepContext
from shipway_components.pusher import pusher

REPOSITORY = Path(__file__).resolve().parents[3]
RUNTIME = REPOSITORY / "manifests" / "serving" / "clusterservingruntime.yaml"
LOAD = Path(__file__).with_name("load.py")
THREADS = 6
SMALL = {"requests": {"cpu": "100m", "memory": "500Mi"}, "limits": {"cpu": "1", "memory": "2Gi"}}


@dataclass(frozen=True)
class ModelPlace:
    """Where models are pushed to and served."""

    cluster: Cluster
    namespace: str
    bucket: str
    store: ObjectStore
    images: dict[str, str]
    folder: Path
    """Of models, by the number that they answer."""

    def push(self, number: str, model: str = "birds", **kserve: Any) -> PushedModel:
        """Push the model that answers `number`; raises what the pusher raises."""
        pushed = PushedModel(str(self.folder / f"pushed-{time.monotonic_ns()}"))
        pushed.path.mkdir()
        given = {
            "name": model,
            "namespace": self.namespace,
            "storage": f"s3://{self.bucket}/{model}",
            "service_account": "models",
            "resources": SMALL,
            "timeout_seconds": 300,
            **kserve,
        }
        pusher.function(
            model=Model(str(self.folder / number)),
            pushed_model=pushed,
            context=StepContext("e2e", f"run-{time.monotonic_ns()}", "pusher", self.folder),
            push_destination={"kserve": {name: value for name, value in given.items() if value is not None}},
            versioning="increment",
        )
        return pushed

    def annotation(self, name: str, model: str = "birds") -> str:
        service = self.cluster.get("inferenceservice", model, namespace=self.namespace)
        return service["metadata"]["annotations"].get(f"shipway.dev/{name}", "")

    @contextmanager
    def asked_without_pause(self, model: str = "birds") -> Iterator[dict[str, Any]]:
        """Load on the model from a pod; afterwards the dict has `answers` by number, `failed` and `failures`."""
        name, result = f"load-{time.monotonic_ns()}", {}
        url = f"http://{model}-predictor.{self.namespace}.svc.cluster.local/v1/models/{model}:predict"
        self.cluster.apply(_load_pod(name, self.images["control"], url), namespace=self.namespace)
        self.cluster.wait_for("condition=Ready", f"pod/{name}", self.namespace)
        time.sleep(2)
        try:
            yield result
            stop = ["python", "-c", "open('/tmp/stop', 'w')"]
            self.cluster.kubectl("exec", name, "--", *stop, namespace=self.namespace)
            result.update(json.loads(until(lambda: self._printed(name), 60, "the load has ended")))
        finally:
            self.cluster.kubectl("delete", "pod", name, "--now", "--wait=false", namespace=self.namespace)

    def _printed(self, pod: str) -> str:
        said = self.cluster.logs(pod, self.namespace)
        return said if said.startswith("{") else ""


def prepare(place: ModelPlace) -> None:
    """What a platform engineer sets up once: the runtime, and the credentials with which KServe reads the bucket."""
    runtime = yaml.safe_load(RUNTIME.read_text())
    runtime |= {"kind": "ServingRuntime", "metadata": {"name": "shipway-serving"}}
    runtime["spec"]["containers"][0]["image"] = place.images["serving"]
    nowhere = json.loads(json.dumps(runtime))
    nowhere["metadata"]["name"] = "nowhere"
    nowhere["spec"]["containers"][0]["image"] = "registry.invalid/serving:1"
    nowhere["spec"]["supportedModelFormats"] = [{"name": "tensorflow", "version": "2", "autoSelect": False}]
    scheme, _, host = place.store.endpoint.partition("://")
    told = {
        "serving.kserve.io/s3-endpoint": host,
        "serving.kserve.io/s3-usehttps": "1" if scheme == "https" else "0",
        "serving.kserve.io/s3-region": "us-east-1",
    }
    keys = {"AWS_ACCESS_KEY_ID": place.store.access_key, "AWS_SECRET_ACCESS_KEY": place.store.secret_key}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "bucket", "annotations": told},
        "stringData": keys,
    }
    account = {
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "models"}, "secrets": [{"name": "bucket"}]
    }  # fmt: skip
    place.cluster.apply(runtime, nowhere, secret, account, namespace=place.namespace)


def write_models(folder: Path, *numbers: str) -> None:
    script = Path(__file__).with_name("tiny_models.py")
    subprocess.run([sys.executable, str(script), str(folder), *numbers], check=True, capture_output=True)


def _load_pod(name: str, image: str, url: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "containers": [
                {
                    "name": "load",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python", "-c", LOAD.read_text(), url, str(THREADS)],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                        "runAsNonRoot": True,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                }
            ],
        },
    }
