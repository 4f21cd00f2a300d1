"""A real Prometheus finds what a release shows by its labels and annotations, and an alert fires for a run that failed.

Prometheus runs beside the tests, as Debian packages it, and must reach pods by their addresses: on a node of the
cluster, say.
"""

import json
import re
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
import yaml
from release_pods import run_python

from harness.cluster import until

MONITORING = Path(__file__).resolve().parents[2] / "manifests" / "monitoring"
COMPONENTS = ("exporter", "metadata", "watcher")
FAILING_RUN = """
import json, os
from shipway.lineage import Lineage, TaskIdentity
from shipway.settings import MetadataAddress

with Lineage.open(MetadataAddress.from_environment(os.environ)) as lineage:
    for pipeline, fails in (("flights", True), ("taxi", False)):
        execution = lineage.begin(TaskIdentity(pipeline, f"{pipeline}-1", "trainer", "trainer"), {}, {}, "key")
        if fails:
            lineage.fail(execution, "The trainer ran out of memory.")
        else:
            lineage.complete(execution, {}, {})
print(json.dumps("recorded"))
"""
BY_ANNOTATIONS = {
    "job_name": "by-annotations",
    "kubernetes_sd_configs": [{"role": "pod"}],
    "relabel_configs": [
        {"source_labels": ["__meta_kubernetes_pod_annotation_prometheus_io_scrape"], "regex": "true", "action": "keep"},
        {
            "source_labels": ["__address__", "__meta_kubernetes_pod_annotation_prometheus_io_port"],
            "regex": r"([^:]+)(?::\d+)?;(\d+)",
            "replacement": "$1:$2",
            "target_label": "__address__",
        },
        {"source_labels": ["__meta_kubernetes_pod_label_app_kubernetes_io_component"], "target_label": "component"},
    ],
}
"""As many clusters have it, and none of Shipway's own."""


@pytest.fixture
def prometheus(release, tmp_path):
    """The address of a Prometheus that watches the release's namespace with the project's configuration."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    release.upgrade(exporter={"quietSeconds": 0, "refreshSeconds": 1})
    _skip_unless_pods_are_reached(release)
    configuration = _configuration(release, tmp_path)
    log = tmp_path / "prometheus.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={tmp_path / 'series'}",
                "--web.listen-address=127.0.0.1:0",
            ],
            stdout=out,
            stderr=out,
        )

    def address():
        assert process.poll() is None, log.read_text()
        found = re.search(r'msg="Listening on" address=(\S+)', log.read_text())
        return found and f"http://{found[1]}"

    yield until(address, 30, "prometheus listens")
    process.terminate()
    process.wait(30)


def _skip_unless_pods_are_reached(release):
    pods = release.cluster.get("pods", "-l", "app.kubernetes.io/component=metadata", namespace=release.namespace)
    address = (pods["items"][0]["status"]["podIP"], 9465)
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError as error:
        pytest.skip(f"pods cannot be reached from here ({error}): run this on a node of the cluster")


def _configuration(release, folder):
    """The one of the project, in a hurry, with its way into the cluster."""
    shutil.copytree(MONITORING / "rules", folder / "rules")
    for path in (folder / "rules").glob("*.yaml"):
        hastened = re.sub(r"^( +interval: )\d+m$", r"\g<1>1s", path.read_text(), flags=re.MULTILINE)
        path.write_text(re.sub(r"^ +for: \w+\n", "", hastened, flags=re.MULTILINE))
    (folder / "token").write_text(release.tokens["shipway-metrics-token"])
    configuration = yaml.safe_load((MONITORING / "prometheus-kubernetes.yaml").read_text())
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    del configuration["alerting"]
    configuration["scrape_configs"].append(BY_ANNOTATIONS)
    for job in configuration["scrape_configs"]:
        if "authorization" in job:
            job["authorization"]["credentials_file"] = str(folder / "token")
        for discovery in job["kubernetes_sd_configs"]:
            discovery |= {
                "kubeconfig_file": str(release.cluster.kubeconfig),
                "namespaces": {"names": [release.namespace]},
            }
    path = folder / "prometheus.yaml"
    path.write_text(yaml.safe_dump(configuration))
    if _was_built_without_kubernetes(path):
        found_pods = folder / "pods.json"
        found_pods.write_text(json.dumps(discovered_pods(release)))
        for job in configuration["scrape_configs"]:
            del job["kubernetes_sd_configs"]
            job["file_sd_configs"] = [{"files": [str(found_pods)]}]
        path.write_text(yaml.safe_dump(configuration))
    return path


def _was_built_without_kubernetes(path):
    """As Debian's is, with the discovery of files alone."""
    said = subprocess.run(["promtool", "check", "config", "--syntax-only", path], capture_output=True, text=True)
    return "kubernetes_sd_configs not found" in said.stdout + said.stderr


def discovered_pods(release):
    """What the discovery of pods gives: a target for each port of a container, with what the configurations go by."""
    targets = []
    for pod in release.cluster.get("pods", namespace=release.namespace)["items"]:
        metadata, status = pod["metadata"], pod["status"]
        labels = {
            "__meta_kubernetes_namespace": metadata["namespace"],
            "__meta_kubernetes_pod_name": metadata["name"],
            "__meta_kubernetes_pod_phase": status["phase"],
            "__meta_kubernetes_pod_ip": status["podIP"],
        }
        for kind in ("label", "annotation"):
            for name, value in metadata.get(f"{kind}s", {}).items():
                labels[f"__meta_kubernetes_pod_{kind}_{re.sub('[^a-zA-Z0-9_]', '_', name)}"] = value
        for container in pod["spec"]["containers"]:
            for port in container["ports"]:
                own = {
                    "__meta_kubernetes_pod_container_name": container["name"],
                    "__meta_kubernetes_pod_container_image": container["image"],
                    "__meta_kubernetes_pod_container_port_name": port["name"],
                }
                targets.append({"targets": [f"{status['podIP']}:{port['containerPort']}"], "labels": labels | own})
    return targets


def _asked(url, path):
    with urllib.request.urlopen(f"{url}{path}", timeout=10) as answer:
        return json.load(answer)["data"]


def _up(url):
    found = _asked(url, "/api/v1/query?query=up==1")["result"]
    return {(one["metric"]["job"], one["metric"].get("component", "")) for one in found}


def _failed_runs(url):
    """Alerts for failed runs that fire; others may too: in this hurry none waits for a slow second to pass."""
    alerts = [one for one in _asked(url, "/api/v1/alerts")["alerts"] if one["state"] == "firing"]
    return [one for one in alerts if one["labels"]["alertname"] == "ShipwayRunFailed"]


def test_prometheus_finds_everything_and_the_alert_for_a_failed_run_fires(release, prometheus):
    wanted = {(f"shipway-{component}", "") for component in COMPONENTS} | {("by-annotations", "metadata")}
    until(lambda: _up(prometheus) == wanted, 60, f"exactly {wanted} are scraped; now {_up(prometheus)}")
    assert not _failed_runs(prometheus)
    run_python(release, FAILING_RUN)
    until(lambda: _failed_runs(prometheus), 60, "an alert fires")
    (alert,) = _failed_runs(prometheus)
    assert alert["annotations"]["summary"] == "The newest run of flights failed."
    assert alert["labels"] == {
        "alertname": "ShipwayRunFailed",
        "namespace": release.namespace,
        "pipeline": "flights",
        "severity": "warning",
        "team": "ml",
    }
