"""`python benchmarks/cluster/step_overhead.py`: what a step costs in a cluster before its own code runs.

Three chains of steps that do nothing, each step starting when the one before it has ended: bare pods, the same pods
with Shipway's wrapper as their command, and tasks of Kubeflow Pipelines with the wrapper. What counts is the time from
one step's own code to the next one's, so that no clock but that of the nodes is read. The first step of a chain is left
out.

It wants KUBECONFIG, KFP_ENDPOINT, and the control image in the cluster (--image).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
SHIPWAY = Path(sys.executable).with_name("shipway")
CONFIG_MAP = "step-overhead"
LONGEST_SECONDS = 600


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", required=True, help="the control image, as the cluster knows it")
    parser.add_argument("--namespace", default="kubeflow", help="where Kubeflow Pipelines runs steps")
    parser.add_argument("--pods", type=int, default=6, help="length of the chains of pods")
    options = parser.parse_args()
    namespace = options.namespace
    sources = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": CONFIG_MAP},
            "data": {"stamp_steps.py": (HERE / "stamp_steps.py").read_text()},
        }
    )
    kubectl("apply", "-f", "-", namespace=namespace, stdin=sources)
    try:
        gaps = {
            "a bare pod": chain_of_pods(bare_command(), options),
            "a pod with Shipway's wrapper": chain_of_pods(wrapped_command(), options),
            "a task of Kubeflow Pipelines with the wrapper": chain_of_tasks(options),
        }
    finally:
        kubectl("delete", "configmap", CONFIG_MAP, namespace=namespace)
    medians = {name: statistics.median(seconds) for name, seconds in gaps.items()}
    bare = medians["a bare pod"]
    print(f"\n{'from one step to the next':48} {'median s':>9} {'range':>13} {'beyond a bare pod':>18}")
    for name, seconds in gaps.items():
        beyond = medians[name] - bare
        print(f"{name:48} {medians[name]:9.2f} {min(seconds):6.2f}-{max(seconds):6.2f} {beyond:18.2f}")
    figures = {name: {"median_seconds": medians[name], "seconds": seconds} for name, seconds in gaps.items()}
    RESULTS.write_text(json.dumps({"cores_here": os.cpu_count(), "step_overhead": figures}, indent=2) + "\n")
    return 0


def bare_command() -> list[str]:
    return ["python", "-c", "import time; print(f'STAMP {time.time():.3f}', flush=True)"]


def wrapped_command() -> list[str]:
    output = "/tmp/step-overhead/run/stamp/1/output_metadata.json"
    executor_input = {
        "inputs": {"parameterValues": {"before": 0.0}},
        "outputs": {"outputFile": output, "parameters": {"output": {"outputFile": "/tmp/step-overhead/output"}}},
    }
    return ["python", "-m", "shipway.step", "stamp_steps.stamp", "--executor-input", json.dumps(executor_input)]


def chain_of_pods(command: list[str], options: argparse.Namespace) -> list[float]:
    """Seconds between the stamps of pods, each created when the API server says that the one before has succeeded."""
    stamps = []
    for number in range(options.pods):
        name = f"step-overhead-{number}"
        kubectl("create", "-f", "-", namespace=options.namespace, stdin=json.dumps(pod(name, command, options.image)))
        kubectl(
            "wait",
            "--for=jsonpath={.status.phase}=Succeeded",
            f"pod/{name}",
            "--timeout=120s",
            namespace=options.namespace,
        )
        stamps += stamps_in(kubectl("logs", name, namespace=options.namespace))
    kubectl("delete", "pod", *[f"step-overhead-{n}" for n in range(options.pods)], namespace=options.namespace)
    return differences(stamps)


def pod(name: str, command: list[str], image: str) -> dict[str, Any]:
    source = {"name": "source", "configMap": {"name": CONFIG_MAP}}
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "volumeMounts": [{"name": "source", "mountPath": "/pipeline"}],
    }
    spec = {"restartPolicy": "Never", "containers": [container], "volumes": [source]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def chain_of_tasks(options: argparse.Namespace) -> list[float]:
    """Seconds between the stamps of the tasks of one run."""
    from kfp import Client

    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "cluster.yaml")
        mount = {"config_maps": {CONFIG_MAP: {"mount": "/pipeline"}}}
        settings.write_text(json.dumps({"images": {"control": options.image}, "defaults": mount}))
        compiled = Path(folder, "pipeline.yaml")
        words = ["compile", str(HERE / "stamp_pipeline.py"), "-o", str(compiled), "--cluster-file", str(settings)]
        subprocess.run([SHIPWAY, *words], check=True, env={**os.environ, "PYTHONPATH": str(HERE)})
        client = Client(host=os.environ["KFP_ENDPOINT"])
        run = client.create_run_from_pipeline_package(str(compiled), enable_caching=False)
        ended = client.wait_for_run_completion(run.run_id, LONGEST_SECONDS)
    if ended.state != "SUCCEEDED":
        raise SystemExit(f"The run {run.run_id} has ended as {ended.state}.")
    pods = json.loads(
        kubectl("get", "pods", "-l", f"pipeline/runid={run.run_id}", "-o", "json", namespace=options.namespace)
    )
    names = [one["metadata"]["name"] for one in pods["items"] if "container-impl" in one["metadata"]["name"]]
    return differences(
        stamp for name in names for stamp in stamps_in(kubectl("logs", name, "-c", "main", namespace=options.namespace))
    )


def stamps_in(log: str) -> list[float]:
    return [float(line.split()[1]) for line in log.splitlines() if line.startswith("STAMP ")]


def differences(stamps: Any) -> list[float]:
    """Between neighbours, without that between the first two: images and caches are cold at a chain's beginning."""
    ordered = sorted(stamps)
    return [round(later - earlier, 3) for earlier, later in pairwise(ordered[1:])]


def kubectl(*words: str, namespace: str, stdin: str = "") -> str:
    command: Sequence[str] = ["kubectl", "-n", namespace, *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    print(f"\nIt took {time.monotonic() - started:.0f} s; written to {RESULTS.relative_to(HERE.parents[1])}.")
    sys.exit(code)
