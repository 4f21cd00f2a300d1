"""A real Prometheus scrapes the real exporter: a run fails, and its alert fires.

Both listen on loopback and live in a temporary folder. The configuration and the rules are those of the project, only
that everything happens every second and no alert waits.
"""

import json
import re
import shutil
import urllib.request
from pathlib import Path

import pytest
import yaml

from shipway.exporter.address import listening_socket
from shipway.exporter.exporter import Exporter
from shipway.exporter.server import MetricsServer
from shipway.exporter.token import Token
from shipway.lineage import Lineage, TaskIdentity
from shipway.settings import MetadataAddress

MONITORING = Path(__file__).resolve().parent.parent.parent / "manifests" / "monitoring"


@pytest.fixture
def exporter_port(tmp_path):
    """The port of an exporter over a store in which one run of two pipelines failed."""
    store = tmp_path / "metadata.db"
    with Lineage.open(store) as lineage:
        for pipeline, fails in (("flights", True), ("taxi", False)):
            execution = lineage.begin(TaskIdentity(pipeline, f"{pipeline}-1", "trainer", "trainer"), {}, {}, "key")
            if fails:
                lineage.fail(execution, "The trainer ran out of memory.")
            else:
                lineage.complete(execution, {}, {})
    exporter = Exporter(MetadataAddress(path=store), refresh_seconds=0.2, quiet_seconds=0)
    server = MetricsServer(listening_socket("127.0.0.1", 0), lambda: exporter.page, Token(None))
    exporter.start()
    server.start()
    yield server.port
    server.close()
    exporter.close()


@pytest.fixture
def prometheus_url(prometheus, exporter_port, started, tmp_path):
    """The address of a Prometheus that scrapes the exporter; the other jobs' targets are not there."""
    folder = tmp_path / "monitoring"
    _write_configuration(folder, exporter_port)
    return started(
        prometheus, f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={tmp_path / 'series'}"
    )


def _write_configuration(folder, exporter_port):
    shutil.copytree(MONITORING / "rules", folder / "rules")
    for path in (folder / "rules").glob("*.yaml"):
        hastened = re.sub(r"^( +interval: )\d+m$", r"\g<1>1s", path.read_text(), flags=re.MULTILINE)
        path.write_text(re.sub(r"^ +for: \w+\n", "", hastened, flags=re.MULTILINE))
    configuration = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    del configuration["alerting"]
    for job in configuration["scrape_configs"]:
        port = exporter_port if job["job_name"] == "shipway-exporter" else 1
        job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
        job.pop("scrape_interval", None)
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))


def _asked(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)["data"]


def _firing(url):
    return {
        (alert["labels"]["alertname"], alert["labels"].get("pipeline", alert["labels"].get("instance"))): alert
        for alert in _asked(f"{url}/api/v1/alerts")["alerts"]
        if alert["state"] == "firing"
    }


def _rules(url):
    return [rule for group in _asked(f"{url}/api/v1/rules")["groups"] for rule in group["rules"]]


def test_a_failed_run_raises_its_alert(prometheus_url, waited_for):
    alert = waited_for(lambda: _firing(prometheus_url).get(("ShipwayRunFailed", "flights")))
    assert alert["labels"] == {
        "alertname": "ShipwayRunFailed",
        "pipeline": "flights",
        "severity": "warning",
        "team": "ml",
    }
    assert alert["annotations"]["summary"] == "The newest run of flights failed."
    assert ("ShipwayRunFailed", "taxi") not in _firing(prometheus_url)
    waited_for(lambda: ("ShipwayModelServerDown", "127.0.0.1:1") in _firing(prometheus_url))
    waited_for(lambda: all(rule["health"] != "unknown" for rule in _rules(prometheus_url)))
    assert [(rule["name"], rule["lastError"]) for rule in _rules(prometheus_url) if rule["health"] != "ok"] == []
