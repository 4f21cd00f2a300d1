"""The cluster under test, asked as a person asks it: with kubectl."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

FORWARDING_SECONDS = 20.0
T = TypeVar("T")

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


class CommandFailed(AssertionError):
    """A command that should have worked."""

    def __init__(self, words: list[str], finished: subprocess.CompletedProcess[str]) -> None:
        super().__init__(f"{' '.join(words)} ended with {finished.returncode}:\n{finished.stdout}\n{finished.stderr}")


@dataclass(frozen=True)
class Cluster:
    """The cluster of the current KUBECONFIG."""

    kubeconfig: Path

    def kubectl(
        self, *words: str, namespace: str = "", stdin: str = "", check: bool = True, timeout: float = 120
    ) -> str:
        """What kubectl prints; its error output too where it failed and `check` is off."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), *(["-n", namespace] if namespace else []), *words]
        finished = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout)
        if check and finished.returncode:
            raise CommandFailed(command, finished)
        return finished.stdout if finished.returncode == 0 else finished.stdout + finished.stderr

    def get(self, *words: str, namespace: str = "") -> dict[str, Any]:
        """An object, or a list of them, as the API server has it."""
        return json.loads(self.kubectl("get", *words, "-o", "json", namespace=namespace))

    def apply(self, *objects: dict[str, Any], namespace: str = "") -> None:
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "-f", "-", namespace=namespace, stdin=json.dumps(listed))

    def logs(self, pod: str, namespace: str, *words: str) -> str:
        return self.kubectl("logs", pod, *words, namespace=namespace, check=False)

    def wait_for(self, condition: str, what: str, namespace: str, seconds: float = 120) -> None:
        """`kubectl wait`: for a condition such as `condition=Ready` of `pod/x`; tells the events when it is in vain."""
        try:
            self.kubectl(
                "wait", f"--for={condition}", f"--timeout={seconds:g}s", what, namespace=namespace, timeout=seconds + 30
            )
        except CommandFailed as failure:
            events = self.kubectl("get", "events", "--sort-by=.lastTimestamp", namespace=namespace, check=False)
            described = self.kubectl("describe", what, namespace=namespace, check=False)
            raise AssertionError(f"{failure}\n{described}\n{events}") from failure

    def run_pod(self, pod: dict[str, Any], namespace: str, seconds: float = 300) -> tuple[str, str]:
        """Run a pod to its end; its phase and what it printed."""
        self.apply(pod, namespace=namespace)
        name = pod["metadata"]["name"]

        def ended() -> str:
            phase = self.get("pod", name, namespace=namespace)["status"].get("phase", "")
            return phase if phase in ("Succeeded", "Failed") else ""

        return until(ended, seconds, f"pod {name} ends"), self.logs(name, namespace, "--all-containers")

    def secret(self, name: str, namespace: str, **values: str) -> None:
        self.apply(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values},
            namespace=namespace,
        )

    @contextmanager
    def fresh_namespace(self, prefix: str = "shipway-e2e", **labels: str) -> Iterator[str]:
        """A namespace of one's own under the restricted Pod Security Standard, gone afterwards."""
        name = f"{prefix}-{uuid.uuid4().hex[:6]}"
        metadata = {"name": name, "labels": {**RESTRICTED, **labels}}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        try:
            yield name
        finally:
            if not os.environ.get("E2E_KEEP"):
                self.kubectl("delete", "namespace", name, "--wait=false", check=False)

    @contextmanager
    def port_forward(self, what: str, port: int, namespace: str) -> Iterator[int]:
        """A port of this machine that leads to `port` of `svc/x` or `pod/x`."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), "-n", namespace, "port-forward", what, f":{port}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        try:
            said = process.stdout.readline()  # Forwarding from 127.0.0.1:40123 -> 8080
            assert "Forwarding from" in said, said + process.stdout.read()
            yield int(said.split("127.0.0.1:")[1].split()[0])
        finally:
            process.terminate()
            process.wait(FORWARDING_SECONDS)
            process.stdout.close()


def cluster_from_environment() -> Cluster:
    """The cluster that KUBECONFIG names. Raises `RuntimeError` with the way out where there is none to test on."""
    kubeconfig = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    if not Path(kubeconfig).is_file():
        raise RuntimeError(f"There is no kubeconfig at {kubeconfig!r}: set KUBECONFIG to that of a cluster for tests.")
    if not shutil.which("kubectl"):
        raise RuntimeError("kubectl is not on PATH.")
    return Cluster(Path(kubeconfig))


def until(ask: Callable[[], T], seconds: float, what: str, pause: float = 0.5) -> T:
    """The first answer of `ask` that is true; fails after `seconds`, saying `what` was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := ask():
            return answer
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain: {what}"
        time.sleep(pause)
