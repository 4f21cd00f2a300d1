"""Pods that die or cannot begin: what is said of them live, and what `shipway watch` makes of them in lineage.

Kubeflow's runs here record nothing themselves: every record is the watcher's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cluster import Cluster, until
from shipway.kube.connection import connect
from shipway.kube.pods import Subject, Verdict, trouble_events, verdict_of
from shipway.lineage import LineageQueries
from shipway.lineage.live_runs import told_of_run

NAMESPACE = os.environ.get("SHIPWAY_KFP_NAMESPACE") or "kubeflow"
TRAINER = Subject("step 'trainer'", "'trainer' in cluster.yaml", "shipway retry RUN")
NOWHERE = "registry.invalid/shipway/train:0.0.0"
HOG = "held = []\nwhile True: held.append(bytearray(b'x' * 10_000_000))"
FILL = "open('/tmp/big', 'wb').write(b'x' * 200_000_000); import time; time.sleep(600)"
FILL_VOLUME = FILL.replace("/tmp/big", "/scratch/big")

BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "hog": ({"code": HOG, "limits": {"memory": "100Mi"}}, "OOMKilled", "killed at its memory limit of 100Mi"),
    "no-image": ({"image": NOWHERE}, "ImagePullBackOff", f"'{NOWHERE}' of container 'main' of pod 'no-image'"),
    "no-node": ({"selector": {"example.com/pool": "gpu"}}, "Unschedulable", "node selector example.com/pool=gpu"),
    "no-secret": (
        {"env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "warehouse", "key": "password"}}}]},
        "CreateContainerConfigError",
        "wants the Secret 'warehouse', which is not in namespace",
    ),
    "no-volume": ({"secret_volume": "credentials"}, "FailedMount", "wants the Secret 'credentials'"),
    "full-disk": (
        {"code": FILL, "limits": {"ephemeral-storage": "50Mi"}},
        "Evicted",
        "wrote too much to its local disk",
    ),
    "full-volume": ({"code": FILL_VOLUME, "scratch": "50Mi"}, "Evicted", "its volume 'scratch' is full, at its limit"),
    "no-program": ({"command": ["no-such-program"]}, "StartError", "no-such-program"),
}


def broken_pod(name: str, image: str, what: dict[str, Any]) -> dict[str, Any]:
    """A pod as the restricted Pod Security Standard wants it, and broken in one way."""
    volumes, mounts = [], []
    if "scratch" in what:
        volumes.append({"name": "scratch", "emptyDir": {"sizeLimit": what["scratch"]}})
        mounts.append({"name": "scratch", "mountPath": "/scratch"})
    if "secret_volume" in what:
        volumes.append({"name": "credentials", "secret": {"secretName": what["secret_volume"]}})
        mounts.append({"name": "credentials", "mountPath": "/credentials"})
    container = {
        "name": "main",
        "image": what.get("image", image),
        "imagePullPolicy": "IfNotPresent",
        "command": what.get("command") or ["python", "-c", what.get("code", "pass")],
        "resources": {"limits": what.get("limits", {})},
        "env": what.get("env", []),
        "volumeMounts": mounts,
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "restartPolicy": "Never",
        "nodeSelector": what.get("selector", {}),
        "volumes": volumes,
        "securityContext": {
            "runAsNonRoot": True, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }  # fmt: skip
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


@pytest.fixture(scope="module")
def broken(cluster: Cluster, images: dict[str, str]) -> Iterator[str]:
    """A namespace with every broken pod."""
    with cluster.fresh_namespace() as namespace:
        cluster.apply(*(broken_pod(name, images["control"], it[0]) for name, it in BROKEN.items()), namespace=namespace)
        yield namespace


@pytest.mark.parametrize("name", BROKEN)
def test_the_cause_is_told_with_its_value_and_the_next_command(cluster: Cluster, broken: str, name: str):
    _, reason, part = BROKEN[name]
    api = connect()

    def verdict() -> Verdict | None:
        pod = cluster.get("pod", name, namespace=broken)
        found = verdict_of(pod, TRAINER, trouble_events(api, broken, pod["metadata"]["uid"]))
        return found if found and found.reason in (reason, "ErrImagePull") else None

    found = until(verdict, 150, f"a verdict on {name}")
    assert part in found.sentence
    assert f"pod {name!r}" in found.sentence
    assert "kubectl " in found.sentence or "shipway " in found.sentence


STEPS = """
import time

from shipway.step import step


@step(image="control")
def fine(seconds: int = 0) -> None:
    time.sleep(seconds)


@step(image="control")
def hog(megabytes: int = 900) -> None:
    held = []
    for _ in range(megabytes // 10):
        held.append(bytearray(b"x" * 10_000_000))
"""


@pytest.fixture
def steps(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module of steps, here and in a ConfigMap that pods mount; the ConfigMap's name."""
    (tmp_path / "steps_that_die.py").write_text(textwrap.dedent(STEPS))
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"steps-that-die-{os.getpid()}"
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"steps_that_die.py": STEPS}}
    cluster.apply(config, namespace=NAMESPACE)
    yield name
    cluster.kubectl("delete", "configmap", name, namespace=NAMESPACE, check=False)


class Watched:
    """A store that `shipway watch` writes from here."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.store = folder / "metadata.db"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SHIPWAY_")},
            "KUBECONFIG": str(cluster.kubeconfig),
            "SHIPWAY_METADATA": str(self.store),
        }
        self._command = [sys.executable, "-m", "shipway.cli", "watch", "--namespace", NAMESPACE, "--port", "0"]
        self._environment = environment
        self.start()

    def start(self) -> None:
        """Returns once it watches; what it says later goes where the test's own errors go."""
        self.process = subprocess.Popen(self._command, env=self._environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert "Watching the runs" in self.process.stdout.readline()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0
        self.process.stdout.close()  # type: ignore[union-attr]

    def tasks(self, run_id: str) -> dict[str, tuple[str, str]]:
        return {one.task: (one.state, one.error) for one in self._queries().run(run_id)}

    def told(self, run_id: str) -> Any:
        return told_of_run(self._queries().service, run_id)

    def ended(self, run_id: str) -> list[str]:
        return [state for state, _ in self.told(run_id).ends]

    def waiting(self, run_id: str) -> dict[str, str]:
        live = self.told(run_id).live
        return {one.task: one.sentence for one in live.waiting} if live else {}

    def _queries(self) -> LineageQueries:
        until(self.store.exists, 60, "a store")
        return LineageQueries.open(self.store)


@pytest.fixture
def watched(cluster: Cluster, tmp_path: Path) -> Iterator[Watched]:
    found = Watched(cluster, tmp_path)
    yield found
    found.stop()


@pytest.fixture
def submit(kfp: str, steps: str, images: dict[str, str], tmp_path: Path) -> Iterator[Any]:
    """Runs a pipeline function in Kubeflow Pipelines; runs that go on at the end are stopped."""
    from kfp import Client, compiler, dsl, kubernetes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = Client(kfp)
    runs: list[str] = []

    def placed(task: Any) -> Any:
        task.set_caching_options(False).set_memory_limit("250M").set_container_image(images["control"])
        task.set_env_variable("PYTHONPATH", "/steps")
        return kubernetes.use_config_map_as_volume(task, config_map_name=steps, mount_path="/steps")

    def run(name: str, write: Any) -> str:
        path = str(tmp_path / f"{name}.yaml")
        compiler.Compiler().compile(dsl.pipeline(name=name)(lambda: write(placed)), path)
        runs.append(client.create_run_from_pipeline_package(path, run_name=name, enable_caching=False).run_id)
        return runs[-1]

    run.client = client  # type: ignore[attr-defined]
    yield run
    for run_id in runs:
        if client.get_run(run_id).state in ("PENDING", "RUNNING"):
            client.terminate_run(run_id)


def test_a_step_that_runs_out_of_memory_and_its_run_are_recorded_as_failed(watched: Watched, submit: Any):
    def write(placed: Any) -> None:
        from steps_that_die import fine, hog

        placed(hog()).after(placed(fine()))

    run_id = submit("dies-of-hunger", write)
    until(lambda: watched.ended(run_id) == ["FAILED"], 300, "the run's end")
    state, error = watched.tasks(run_id)["hog"]
    assert state == "FAILED"
    assert "killed at its memory limit of 250M (OOMKilled)" in error
    watched.stop()
    watched.start()
    until(lambda: watched.told(run_id).live is None, 30, "the watcher")
    assert len(watched._queries().run(run_id)) == 1
    assert watched.ended(run_id) == ["FAILED"]


def test_steps_that_cannot_begin_are_told_while_they_wait_and_a_stopped_run_is_cancelled(watched: Watched, submit: Any):
    def write(placed: Any) -> None:
        from kfp import kubernetes
        from steps_that_die import fine

        placed(fine()).set_container_image(NOWHERE)
        kubernetes.add_node_selector(placed(fine(seconds=1)), "example.com/pool", "gpu")

    run_id = submit("waits-for-ever", write)
    until(lambda: len(watched.waiting(run_id)) == 2, 300, "two steps that wait")
    sentences = watched.waiting(run_id)
    assert NOWHERE in sentences["fine"]
    assert "example.com/pool=gpu" in sentences["fine-2"]
    submit.client.terminate_run(run_id)
    until(lambda: watched.ended(run_id) == ["CANCELED"], 120, "the run's end")
    assert {state for state, _ in watched.tasks(run_id).values()} == {"CANCELED"}
    assert "The run was stopped." in json.dumps(watched.tasks(run_id))
