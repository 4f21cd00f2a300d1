"""What Prometheus and Grafana get of a release: the project's own rules, dashboards and names of jobs."""

import json
import re
from pathlib import Path

import yaml

MANIFESTS = Path(__file__).resolve().parent.parent.parent / "manifests"


def test_rules_are_those_of_the_project(objects):
    found = {one["metadata"]["name"]: one["spec"] for one in objects("full").all("PrometheusRule")}
    sources = {
        f"shipway-{path.stem}": yaml.safe_load(path.read_text()) for path in MANIFESTS.glob("monitoring/rules/*.yaml")
    }
    assert found == sources


def test_dashboards_are_those_of_the_project(objects):
    maps = [one for one in objects("full").all("ConfigMap") if "-grafana-" in one["metadata"]["name"]]
    found = {name: json.loads(text) for one in maps for name, text in one["data"].items()}
    assert found == {path.name: json.loads(path.read_text()) for path in MANIFESTS.glob("monitoring/dashboards/*.json")}
    assert all(one["metadata"]["labels"]["grafana_dashboard"] == "1" for one in maps)


def test_the_operator_finds_services_and_calls_their_jobs_as_rules_do(objects):
    release = objects("full")
    monitors = {one["metadata"]["name"]: one["spec"] for one in release.all("ServiceMonitor")}
    assert monitors.keys() == {"shipway-metadata", "shipway-exporter", "shipway-watcher"}
    for name, spec in monitors.items():
        service = release.one("Service", name)
        assert spec["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        (endpoint,) = spec["endpoints"]
        assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]
        assert {"targetLabel": "job", "replacement": name} in endpoint["relabelings"]
        assert ("authorization" in endpoint) == (name != "shipway-metadata")


def test_the_example_of_prometheus_keeps_the_pods_that_show_metrics(objects):
    example = yaml.safe_load((MANIFESTS / "monitoring" / "prometheus-kubernetes.yaml").read_text())
    (job,) = [one for one in example["scrape_configs"] if one["job_name"] == "shipway-pods"]
    kept = next(
        rule["regex"] for rule in job["relabel_configs"] if "component" in str(rule) and rule.get("action") == "keep"
    )
    for one in objects().all("Deployment"):
        template = one["spec"]["template"]
        labels, (container,) = template["metadata"]["labels"], template["spec"]["containers"]
        shows = "metrics" in [port["name"] for port in container["ports"]]
        assert bool(re.fullmatch(kept, labels["app.kubernetes.io/component"])) == shows
        assert labels["app.kubernetes.io/part-of"] == "shipway"


def test_annotations_are_for_who_asks_for_no_token(objects):
    annotated = {
        one["metadata"]["name"]: one["spec"]["template"]["metadata"].get("annotations", {})
        for one in objects().all("Deployment")
    }
    assert annotated.pop("shipway-metadata") == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "9465",
        "prometheus.io/path": "/metrics",
    }
    assert not any(annotated.values())
