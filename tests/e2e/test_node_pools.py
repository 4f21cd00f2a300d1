"""What a step asks for and what cluster.yaml says of its pools, secrets and folders is what its live pod has.

Two steps run, one in a pool of GPUs and one in a pool of TPUs. No accelerator is needed: a node of the cluster is given
the pools' labels and taint, and says that it has the devices, as a device plugin would say it.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.cluster import Cluster

RUN_SECONDS = 400
TPU_LABELS = {
    "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
    "cloud.google.com/gke-tpu-topology": "2x4",
}
DEVICES = {"nvidia.com/gpu": 2, "google.com/tpu": 8}

STEPS = '''
"""Each step says what it sees of its pod; what it should not be without fails it."""
import os
from pathlib import Path

from shipway.step import step


@step(image="control", node_pool="gpu", accelerator="nvidia.com/gpu", accelerator_count=2, memory="256Mi", retries=1)
def on_gpus() -> str:
    assert os.environ["WORD"] == "from the file"
    assert os.environ["PASSPHRASE"] == "from the secret"
    assert "SHIPWAY_METADATA" not in os.environ
    assert Path("/dev/shm").is_mount() and Path("/mnt/steps/steps_in_pools.py").is_file()
    return "gpu"


@step(image="control", node_pool="tpu", timeout_seconds=300)
def on_tpus(after: str) -> str:
    return after + " tpu"
'''
PIPELINE = """
from kfp import dsl
from steps_in_pools import on_gpus, on_tpus


@dsl.pipeline(name="node-pools")
def node_pools() -> None:
    on_tpus(after=on_gpus().output)
"""
CLUSTER = """
    images: {{control: {image}}}
    node_pools:
      gpu:
        node_selector: {{shipway.dev/e2e-pool: {name}}}
        tolerations: [{{key: shipway.dev/e2e-pool, value: {name}, effect: PreferNoSchedule}}]
        accelerator: {{type: nvidia.com/gpu, count: 1}}
      tpu:
        gke_tpu: {{type: tpu-v5-lite-podslice, topology: 2x4, chips: 8}}
        tolerations: [{{key: google.com/tpu, operator: Exists, effect: NoSchedule}}]
    metadata: {{config_map: {name}-none, token_secret: {name}-none}}
    defaults:
      image_pull_policy: IfNotPresent
      environment: {{PYTHONPATH: /mnt/steps, WORD: from the file}}
      secrets: {{{name}: {{environment: {{PASSPHRASE: word}}}}}}
      config_maps: {{{name}-steps: {{mount: /mnt/steps}}}}
      labels: {{team: ml}}
      annotations: {{sidecar.istio.io/inject: 'false'}}
    steps:
      on_gpus:
        cpu: 200m
        cpu_request: 50m
        timeout: 4m
        volumes: {{shm: {{mount: /dev/shm, empty_dir: {{medium: Memory, size_limit: 64Mi}}}}}}
    tasks:
      on-tpus: {{memory: 300Mi}}
"""


@dataclass(frozen=True)
class Pools:
    """What was made for the test, all of one name."""

    name: str
    namespace: str


@pytest.fixture(scope="module")
def pools(cluster: Cluster) -> Iterator[Pools]:
    """A node that belongs to both pools, with a Secret and the steps' source beside the runs."""
    found = Pools(f"e2e-pools-{uuid.uuid4().hex[:6]}", "kubeflow")
    (node, *_) = cluster.get("nodes")["items"]
    offered = [device for device in DEVICES if device not in node["status"]["capacity"]]
    labels = {"shipway.dev/e2e-pool": found.name, **TPU_LABELS}
    taint = f"shipway.dev/e2e-pool={found.name}:PreferNoSchedule"
    steps = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{found.name}-steps"},
        "data": {"steps_in_pools.py": STEPS},
    }
    here = node["metadata"]["name"]
    try:
        cluster.kubectl("label", "node", here, *(f"{key}={value}" for key, value in labels.items()), "--overwrite")
        cluster.kubectl("taint", "node", here, taint)
        change_devices(cluster, here, "add", offered)
        cluster.secret(found.name, found.namespace, word="from the secret")
        cluster.apply(steps, namespace=found.namespace)
        yield found
    finally:
        cluster.kubectl("delete", "secret", found.name, namespace=found.namespace, check=False)
        cluster.kubectl("delete", "configmap", f"{found.name}-steps", namespace=found.namespace, check=False)
        change_devices(cluster, here, "remove", offered)
        cluster.kubectl("taint", "node", here, f"{taint}-", check=False)
        cluster.kubectl("label", "node", here, *(f"{key}-" for key in labels), check=False)


def change_devices(cluster: Cluster, node: str, how: str, devices: list[str]) -> None:
    """Have a node offer devices, or no longer: the API server takes it from whoever may change a node's status."""
    if devices:
        import json

        changes = [
            {"op": how, "path": f"/status/capacity/{device.replace('/', '~1')}", "value": str(DEVICES[device])}
            for device in devices
        ]
        cluster.kubectl("patch", "node", node, "--subresource=status", "--type=json", "-p", json.dumps(changes))


@pytest.fixture(scope="module")
def pods(cluster: Cluster, kfp: str, images: dict[str, str], pools: Pools, tmp_path_factory) -> dict[str, Any]:
    """The pods of a run that has succeeded, by step."""
    folder = tmp_path_factory.mktemp("pools")
    (folder / "steps_in_pools.py").write_text(STEPS)
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "cluster.yaml").write_text(textwrap.dedent(CLUSTER.format(image=images["control"], name=pools.name)))
    words = ["compile", "pipeline.py", "-o", "placed.yaml"]
    subprocess.run([sys.executable, "-m", "shipway.cli", *words], cwd=folder, check=True)
    run = submitted(kfp, folder / "placed.yaml")
    listed = cluster.get("pods", "-l", f"pipeline/runid={run}", namespace=pools.namespace)["items"]
    found = {}
    for pod in listed:
        for container in pod["spec"]["containers"]:
            if container["name"] == "main" and container["image"] == images["control"]:
                text = " ".join(container.get("args") or ())
                found["on_gpus" if "steps_in_pools.on_gpus" in text else "on_tpus"] = pod
    return found


def submitted(endpoint: str, package: Path) -> str:
    """The id of a run of the file, which has succeeded."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from kfp import Client

        client = Client(host=endpoint)
        run = client.create_run_from_pipeline_package(str(package), arguments={}, enable_caching=False).run_id
        deadline = time.monotonic() + RUN_SECONDS
        while (state := client.get_run(run).state) not in ("SUCCEEDED", "FAILED"):
            assert time.monotonic() < deadline, f"run {run} is {state} after {RUN_SECONDS} s"
            time.sleep(2)
    assert state == "SUCCEEDED", f"run {run}"
    return run


def main_container(pod: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in pod["spec"]["containers"] if one["name"] == "main")


def tolerations(pod: dict[str, Any]) -> list[dict[str, str]]:
    """Those that are not every pod's."""
    return [one for one in pod["spec"]["tolerations"] if not one["key"].startswith("node.kubernetes.io/")]


def test_a_pool_of_gpus(pods, pools):
    spec = pods["on_gpus"]["spec"]
    assert spec["nodeSelector"] == {"shipway.dev/e2e-pool": pools.name}
    assert tolerations(pods["on_gpus"]) == [
        {"key": "shipway.dev/e2e-pool", "operator": "Equal", "value": pools.name, "effect": "PreferNoSchedule"}
    ]
    assert main_container(pods["on_gpus"])["resources"] == {
        "limits": {"cpu": "200m", "memory": "256Mi", "nvidia.com/gpu": "2"},
        "requests": {"cpu": "50m", "memory": "256Mi", "nvidia.com/gpu": "2"},
    }
    assert spec["activeDeadlineSeconds"] == 240


def test_a_pool_of_tpus(pods):
    spec = pods["on_tpus"]["spec"]
    assert spec["nodeSelector"] == TPU_LABELS
    assert tolerations(pods["on_tpus"]) == [{"key": "google.com/tpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert main_container(pods["on_tpus"])["resources"] == {
        "limits": {"memory": "300Mi", "google.com/tpu": "8"},
        "requests": {"memory": "300Mi", "google.com/tpu": "8"},
    }
    assert spec["activeDeadlineSeconds"] == 300


def test_variables_folders_and_labels(pods, pools, images):
    """The steps have looked for themselves at what is in them; here is how the pods came by it."""
    pod = pods["on_gpus"]
    main = main_container(pod)
    variables = {one["name"]: one.get("value", one.get("valueFrom")) for one in main["env"]}
    assert (main["image"], main["imagePullPolicy"]) == (images["control"], "IfNotPresent")
    assert variables["WORD"] == "from the file"
    assert variables["PASSPHRASE"] == {"secretKeyRef": {"name": pools.name, "key": "word"}}
    wanted = {"name": f"{pools.name}-none", "key": "SHIPWAY_METADATA", "optional": True}
    assert variables["SHIPWAY_METADATA"] == {"configMapKeyRef": wanted}
    folders = {one["mountPath"]: one["name"] for one in main["volumeMounts"]}
    assert folders["/mnt/steps"] == f"{pools.name}-steps"
    assert folders["/etc/shipway/metadata"] == f"{pools.name}-none"
    (shared,) = [one for one in pod["spec"]["volumes"] if one["name"] == folders["/dev/shm"]]
    assert shared["emptyDir"] == {"medium": "Memory", "sizeLimit": "64Mi"}
    assert pod["metadata"]["labels"]["team"] == "ml"
    assert pod["metadata"]["annotations"]["sidecar.istio.io/inject"] == "false"
