"""What rules, their cases and dashboards ask for is there: names and labels as the programs themselves show them."""

import functools
import json
import re
import tempfile
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from shipway.exporter.catalogue import METRICS
from shipway.lineage.server.metrics import ServiceMetrics
from shipway.serving.observing.log.destinations import inference_log
from shipway.serving.observing.metrics import Metrics
from shipway.serving.observing.metrics.collector import ServingCollector
from shipway.serving.servable import Catalog
from shipway.serving.traffic.comparison import OutputDifference, ShadowComparison
from shipway.serving.traffic.counts import TrafficCounts

MONITORING = Path(__file__).resolve().parent.parent.parent / "manifests" / "monitoring"
RULES = sorted((MONITORING / "rules").glob("*.yaml"))
CASES = sorted((Path(__file__).resolve().parent / "monitoring").glob("*.yaml"))
DASHBOARDS = sorted((MONITORING / "dashboards").glob("*.json"))

OF_PROMETHEUS = {"up": set(), "ALERTS": {"alertname", "alertstate", "team"}}
OF_EVERY_TARGET = {"job", "instance", "namespace"}
SAMPLES = {
    "counter": {"_total": set()},
    "gauge": {"": set()},
    "histogram": {"_bucket": {"le"}, "_count": set(), "_sum": set()},
}


@functools.cache
def shown():
    """The labels of every series that a program shows, by its name."""
    found = dict(OF_PROMETHEUS)
    for name, kind, labels in (*exporter_metrics(), *model_server_metrics(), *metadata_metrics()):
        for ending, more in SAMPLES[kind].items():
            found[name + ending] = set(labels) | more
    return found


def exporter_metrics():
    return [(one.name.removesuffix("_total"), one.kind, one.labels) for one in METRICS]


def model_server_metrics():
    """Families of the collector, before a single request, and of those parts that show their numbers through it."""
    metrics = Metrics(CollectorRegistry(), Catalog())
    metrics.shadow_compared(
        ShadowComparison("flights", 1, 2, "serving_default", 10, 1, {"outputs": OutputDifference(1, 0.5)})
    )
    traffic = TrafficCounts()
    traffic.fallbacks["flights", "stable", "UNAVAILABLE"] += 1
    traffic.shadowed["flights", "2", "answered"] += 1
    metrics.watch(traffic)
    with tempfile.TemporaryDirectory() as folder:
        metrics.watch(inference_log(folder))
        return [(one.name, one.type, one._labelnames) for one in ServingCollector(metrics).collect()]


def metadata_metrics():
    registry = CollectorRegistry()
    ServiceMetrics(registry, lambda: 0.0)
    return [
        (family.name, family.type, collector._labelnames)
        for collector in registry._collector_to_names
        for family in collector.describe()
    ]


@functools.cache
def recorded():
    return {rule["record"] for rule in rules() if "record" in rule}


@functools.cache
def rules():
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def selected(expression):
    """The names of the series that an expression selects, with the labels that it selects them by."""
    found = []
    for name, braces in re.findall(r"\b(up|ALERTS|shipway[\w:]+)\b\s*(\{[^}]*\})?", _without_strings(expression)):
        found.append((name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", braces))))
    return found


def _without_strings(expression):
    return re.sub(r'"[^"]*"', '""', expression)


def faults(expression):
    """What of an expression no program and no rule makes."""
    found = []
    for name, labels in selected(expression):
        if name in recorded():
            continue
        if name not in shown():
            found.append(f"nothing shows {name}")
        elif unknown := labels - shown()[name] - OF_EVERY_TARGET:
            found.append(f"{name} has no label {', '.join(sorted(unknown))}")
    return found


def panels():
    return [
        pytest.param(target["expr"], id=f"{path.stem}-{panel['id']}{target['refId']}")
        for path in DASHBOARDS
        for panel in json.loads(path.read_text())["panels"]
        for target in panel.get("targets", [])
    ]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_what_is_shown(rule):
    assert faults(rule["expr"]) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_has_series_as_they_are_shown(path):
    series = [one["series"] for case in yaml.safe_load(path.read_text())["tests"] for one in case["input_series"]]
    assert [fault for one in series for fault in faults(one)] == []


@pytest.mark.parametrize("expression", panels())
def test_a_panel_asks_for_what_is_shown(expression):
    assert selected(expression)
    assert faults(expression) == []


def test_every_metric_of_the_exporter_is_of_use():
    expressions = [rule["expr"] for rule in rules()] + [panel.values[0] for panel in panels()]
    used = {name for expression in expressions for name, _ in selected(expression)}
    unused = [
        name for name, kind, _ in exporter_metrics() if not any(name + ending in used for ending in SAMPLES[kind])
    ]
    assert unused == []


def test_what_is_not_shown_would_be_found():
    assert faults('sum(shipway_runs{pipeline="flights"})') == ["nothing shows shipway_runs"]
    assert faults('shipway_runs_total{pipline="a", job="b"}') == ["shipway_runs_total has no label pipline"]
    assert faults("shipway:nothing > 1") == ["nothing shows shipway:nothing"]
    assert faults('rate(shipway_serving_requests_total{code="OK"}[5m]) or up{instance="a"}') == []
