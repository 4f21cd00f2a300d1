"""The examples for Prometheus and Alertmanager: their own programs accept them, and they fit the rules."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from shipway.exporter.options import DEFAULT_PORT as EXPORTER_PORT
from shipway.lineage.server.options import DEFAULTS as METADATA_DEFAULTS
from shipway.serving.config.options import ServerOptions

MONITORING = Path(__file__).resolve().parent.parent.parent / "manifests" / "monitoring"
RULES = sorted((MONITORING / "rules").glob("*.yaml"))
ALERTMANAGER = MONITORING / "alertmanager.yaml"


def pod(namespace, name, port_name="metrics", phase="Running", image="", container="", **more):
    """What Prometheus knows of a port of a pod before relabelling."""
    labels = {"namespace": namespace, "pod_name": name, "pod_phase": phase, "pod_container_port_name": port_name}
    labels |= {"pod_container_image": image, "pod_container_name": container}
    return {f"__meta_kubernetes_{label}": value for label, value in (labels | more).items()}


def shipway_pod(name, component, **more):
    labels = {"part_of": "shipway", "component": component}
    labels = {f"pod_label_app_kubernetes_io_{label}": value for label, value in labels.items()}
    return pod("shipway", name, **labels, **more)


def model_server(name, image, **more):
    annotations = {"port": "8080", "path": "/metrics"}
    annotations = {f"pod_annotation_prometheus_kserve_io_{label}": value for label, value in annotations.items()}
    served = {"pod_ip": "10.0.0.5", "pod_label_serving_kserve_io_inferenceservice": "flights"}
    return pod("shop", name, image=image, container="kserve-container", **annotations, **served, **more)


PODS = {
    "10.0.0.1:9464": shipway_pod("exporter-0", "exporter"),
    "10.0.0.2:9465": shipway_pod("metadata-0", "metadata"),
    "10.0.0.2:8090": shipway_pod("metadata-0", "metadata", port_name="grpc"),
    "10.0.0.3:80": shipway_pod("pages-0", "ui"),
    "10.0.0.4:9464": shipway_pod("exporter-old", "exporter", phase="Succeeded"),
    "10.0.0.5:9000": model_server("flights-1", "registry.example.com/shipway/serving:0.1.0"),
    "10.0.0.5:9001": model_server("taxi-1", "tensorflow/serving:2.16.1"),
    "10.0.0.6:80": pod("shop", "web-0"),
}


def rules():
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule["labels"] for rule in rules() if "alert" in rule}


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_promtool_accepts_the_configuration_and_finds_its_rules(promtool):
    checked = run(promtool, "check", "config", MONITORING / "prometheus.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(RULES)} rule files found" in checked.stdout


@pytest.fixture
def cluster(tmp_path):
    """The configuration for a cluster, where pods are told and not asked for: Debian's build knows no Kubernetes."""
    configuration = yaml.safe_load((MONITORING / "prometheus-kubernetes.yaml").read_text())
    (tmp_path / "token").write_text("t")
    for job in (*configuration["scrape_configs"], *configuration["alerting"]["alertmanagers"]):
        assert job.pop("kubernetes_sd_configs") == [{"role": "pod"}]
        job["static_configs"] = [{"targets": [address], "labels": labels} for address, labels in PODS.items()]
        if "authorization" in job:
            job["authorization"]["credentials_file"] = str(tmp_path / "token")
    configuration["rule_files"] = [str(MONITORING / path) for path in configuration["rule_files"]]
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    return tmp_path / "prometheus.yaml"


def test_promtool_accepts_the_configuration_for_a_cluster(promtool, cluster):
    checked = run(promtool, "check", "config", cluster)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(RULES)} rule files found" in checked.stdout


@pytest.mark.parametrize(
    ("job", "found"),
    [
        (
            "shipway-pods",
            [
                ("10.0.0.1:9464", "/metrics", "shipway-exporter", "shipway", "exporter-0"),
                ("10.0.0.2:9465", "/metrics", "shipway-metadata", "shipway", "metadata-0"),
            ],
        ),
        ("shipway-serving", [("10.0.0.5:8080", "/metrics", "shipway-serving", "shop", "flights-1")]),
    ],
)
def test_the_pods_of_a_cluster_get_the_labels_that_rules_know(promtool, cluster, job, found):
    asked = run(promtool, "check", "service-discovery", cluster, job, "--timeout=1s")
    assert asked.returncode == 0, asked.stderr
    wanted = ("__address__", "__metrics_path__", "job", "namespace", "instance")
    kept = [one["labels"] for one in json.loads(asked.stdout) if one.get("labels")]
    assert sorted(tuple(labels[name] for name in wanted) for labels in kept) == found


def test_jobs_are_named_as_the_rules_know_them():
    known = set(re.findall(r'up\{job="([\w-]+)"\}', "\n".join(rule["expr"] for rule in rules())))
    one_machine = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())["scrape_configs"]
    assert (
        {job["job_name"] for job in one_machine} == known == {"shipway-exporter", "shipway-metadata", "shipway-serving"}
    )


def test_one_machine_is_scraped_where_the_programs_listen():
    jobs = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())["scrape_configs"]
    assert {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs} == {
        "shipway-exporter": [f"127.0.0.1:{EXPORTER_PORT}"],
        "shipway-metadata": [f"127.0.0.1:{METADATA_DEFAULTS['metrics_port']}"],
        "shipway-serving": [f"127.0.0.1:{ServerOptions().rest_api_port}"],
    }


def test_amtool_accepts_the_example(amtool):
    checked = run(amtool, "check-config", ALERTMANAGER)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("severity", "team", "receivers"),
    [
        ("critical", "platform", "platform-on-call,platform-channel"),
        ("critical", "ml", "ml-on-call,ml-channel"),
        ("warning", "platform", "platform-channel"),
        ("warning", "ml", "ml-channel"),
        ("info", "platform", "mail"),
    ],
)
def test_an_alert_reaches_those_who_can_help(amtool, severity, team, receivers):
    words = [amtool, "config", "routes", "test", f"--config.file={ALERTMANAGER}", f"--verify.receivers={receivers}"]
    tested = run(*words, f"severity={severity}", f"team={team}", "alertname=Some")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_severity_and_team_of_an_alert_has_a_route():
    routed = {matcher for route in _routes() for matcher in route["matchers"]}
    assert {f'severity="{labels["severity"]}"' for labels in alerts().values()} - routed == {'severity="warning"'}
    assert {f'team="{labels["team"]}"' for labels in alerts().values()} <= routed


def test_inhibitions_name_alerts_that_are_there():
    matchers = [
        matcher
        for rule in yaml.safe_load(ALERTMANAGER.read_text())["inhibit_rules"]
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
    ]
    named = {name for matcher in matchers for name in re.findall(r"Shipway\w+", matcher)}
    assert named <= set(alerts())


def test_secrets_are_files():
    text = ALERTMANAGER.read_text()
    assert re.findall(r"^\s*(?:- )?(\w*(?:password|api_url|routing_key|secret|token)\w*):", text, re.MULTILINE) != []
    assert re.findall(r"^\s*(?:- )?\w*(?:password|api_url|routing_key|secret|token):", text, re.MULTILINE) == []


def _routes():
    return yaml.safe_load(ALERTMANAGER.read_text())["route"]["routes"]
