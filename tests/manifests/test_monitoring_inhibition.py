"""A real Alertmanager with the example's routes: what follows from an alert is held back, and nothing else is.

It listens on loopback, and nobody is told anything: its receivers are left empty.
"""

import json
import urllib.request
from pathlib import Path

import pytest
import yaml

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "manifests" / "monitoring" / "alertmanager.yaml"


def alert(name, **labels):
    return {"alertname": f"Shipway{name}", **labels}


FIRING = [
    alert("ModelServerDown", instance="a"),
    alert("BudgetBurnsFast", model="flights", slo="latency"),
    alert("BudgetBurnsFast", model="taxi", slo="availability"),
    alert("MetadataDown", instance="a"),
    alert("RunsKeepFailing", pipeline="flights", team="ml"),
    alert("ModelsNotBlessed", pipeline="taxi", team="ml"),
    alert("QualityBelowFloor", pipeline="taxi", metric="auc", team="ml"),
]
HELD_BACK = [
    alert("NoVersionAvailable", instance="a", model="flights"),
    alert("BudgetBurnsSlowly", model="flights", slo="latency"),
    alert("ServingErrors", model="taxi", slo="availability"),
    alert("MetadataRefuses", instance="a"),
    alert("RunFailed", pipeline="flights", team="ml"),
    alert("ServedModelOld", pipeline="taxi", team="ml"),
    alert("QualityDown", pipeline="taxi", metric="auc", team="ml"),
]
SAID = [
    alert("NoVersionAvailable", instance="b", model="flights"),
    alert("BudgetBurnsSlowly", model="flights", slo="availability"),
    alert("ServingErrors", model="flights", slo="availability"),
    alert("RunFailed", pipeline="taxi", team="ml"),
    alert("ServedModelOld", pipeline="penguins", team="ml"),
    alert("QualityDown", pipeline="taxi", metric="precision", team="ml"),
]


@pytest.fixture
def alertmanager_url(alertmanager, started, tmp_path):
    configuration = yaml.safe_load(EXAMPLE.read_text())
    configuration["global"] = {}
    configuration["receivers"] = [{"name": receiver["name"]} for receiver in configuration["receivers"]]
    (tmp_path / "alertmanager.yaml").write_text(yaml.safe_dump(configuration))
    return started(
        alertmanager,
        f"--config.file={tmp_path / 'alertmanager.yaml'}",
        f"--storage.path={tmp_path / 'alerts'}",
        "--cluster.listen-address=",
    )


def _raise(url, alerts):
    body = json.dumps([{"labels": labels} for labels in alerts]).encode()
    asked = urllib.request.Request(f"{url}/api/v2/alerts", body, {"content-type": "application/json"})
    urllib.request.urlopen(asked, timeout=10).close()


def _held_back(url):
    with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=10) as answer:
        return [one["labels"] for one in json.load(answer) if one["status"]["inhibitedBy"]]


def _sorted(alerts):
    return sorted(alerts, key=lambda labels: sorted(labels.items()))


def test_what_follows_from_an_alert_is_held_back(alertmanager_url, waited_for):
    _raise(alertmanager_url, FIRING + HELD_BACK + SAID)
    assert waited_for(lambda: _sorted(_held_back(alertmanager_url)) == _sorted(HELD_BACK))


def test_what_an_exporter_tells_that_stands_still_is_held_back(alertmanager_url, waited_for):
    told = [labels for labels in FIRING + SAID if labels.get("team") == "ml"]
    _raise(alertmanager_url, [*told, alert("ServingErrors", model="taxi"), alert("ExporterStale", instance="a")])
    assert waited_for(lambda: _sorted(_held_back(alertmanager_url)) == _sorted(told))
