"""A real Prometheus scrapes what the programs really show: a run fails, requests fail, and the alerts fire.

All listen on loopback and live in a temporary folder. The configuration and the rules are those of the project, only
that everything happens every second and no alert waits.
"""

import json
import re
import shutil
import urllib.request
from bisect import bisect_left
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from shipway.endpoint.listening import listening_socket
from shipway.endpoint.metrics_server import MetricsServer
from shipway.endpoint.token import Token
from shipway.exporter.exporter import Exporter
from shipway.lineage import Lineage, TaskIdentity
from shipway.lineage.server.metrics import ServiceMetrics
from shipway.serving.faults import Code
from shipway.serving.observing.metrics import Metrics
from shipway.serving.observing.metrics.bounds import SECONDS
from shipway.serving.observing.metrics.calls import CallCounts, CallKey
from shipway.serving.observing.metrics.stages import TOTAL
from shipway.serving.servable import Catalog
from shipway.settings import MetadataAddress

MONITORING = Path(__file__).resolve().parent.parent.parent / "manifests" / "monitoring"


@pytest.fixture
def exporter(tmp_path):
    """The exporter over a store in which one run of two pipelines failed."""
    store = tmp_path / "metadata.db"
    with Lineage.open(store) as lineage:
        for pipeline, fails in (("flights", True), ("taxi", False)):
            execution = lineage.begin(TaskIdentity(pipeline, f"{pipeline}-1", "trainer", "trainer"), {}, {}, "key")
            if fails:
                lineage.fail(execution, "The trainer ran out of memory.")
            else:
                lineage.complete(execution, {}, {})
    exporter = Exporter(MetadataAddress(path=store), refresh_seconds=0.2, quiet_seconds=0)
    exporter.start()
    yield exporter
    exporter.close()


def model_server():
    """A model server's page; between two looks at it, it fails a tenth of its requests and is slow with another."""
    metrics = Metrics(CollectorRegistry(), Catalog())
    counts = metrics.calls[CallKey("flights", 1, "", "serving_default", "rest")] = CallCounts()

    def page():
        counts.codes[Code.OK] += 90
        counts.codes[Code.INTERNAL] += 10
        counts.times.counts[TOTAL][bisect_left(SECONDS, 0.01)] += 80
        counts.times.counts[TOTAL][bisect_left(SECONDS, 0.5)] += 10
        return metrics.exposition()[1]

    return page


def metadata_service():
    """A metadata service's page; its database is gone, and it turns away every second call, and late."""
    metrics = ServiceMetrics(CollectorRegistry(), lambda: 2.0)
    metrics.store_is(False)

    def page():
        metrics.ended("PutExecution", "OK", 2.0)
        metrics.ended("PutExecution", "UNAVAILABLE", 4.0)
        return generate_latest(metrics.registry)

    return page


@pytest.fixture
def ports(exporter):
    pages = {
        "shipway-exporter": lambda: exporter.page,
        "shipway-serving": model_server(),
        "shipway-metadata": metadata_service(),
    }
    servers = {
        job: MetricsServer(listening_socket("The exporter", "127.0.0.1", 0), "shipway-exporter", page, Token(None))
        for job, page in pages.items()
    }
    for server in servers.values():
        server.start()
    yield {job: server.port for job, server in servers.items()}
    for server in servers.values():
        server.close()


@pytest.fixture
def prometheus_url(prometheus, ports, started, tmp_path):
    folder = tmp_path / "monitoring"
    _write_configuration(folder, ports)
    return started(
        prometheus, f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={tmp_path / 'series'}"
    )


def _write_configuration(folder, ports):
    shutil.copytree(MONITORING / "rules", folder / "rules")
    for path in (folder / "rules").glob("*.yaml"):
        hastened = re.sub(r"^( +interval: )\d+m$", r"\g<1>1s", path.read_text(), flags=re.MULTILINE)
        path.write_text(re.sub(r"^ +for: \w+\n", "", hastened, flags=re.MULTILINE))
    configuration = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    del configuration["alerting"]
    for job in configuration["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
        job.pop("scrape_interval", None)
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))


def _asked(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)["data"]


def _firing(url):
    """Names of alerts, with the pipeline or the objective that each is about."""
    alerts = [alert["labels"] for alert in _asked(f"{url}/api/v1/alerts")["alerts"] if alert["state"] == "firing"]
    return {(labels["alertname"], labels.get("pipeline", labels.get("slo", ""))) for labels in alerts}


def _rules(url):
    return [rule for group in _asked(f"{url}/api/v1/rules")["groups"] for rule in group["rules"]]


def test_alerts_fire_for_what_the_programs_show(prometheus_url, waited_for):
    expected = {
        ("ShipwayRunFailed", "flights"),
        ("ShipwayServingErrors", "availability"),
        ("ShipwayBudgetBurnsFast", "availability"),
        ("ShipwayBudgetBurnsFast", "latency"),
        ("ShipwayBudgetBurnsSlowly", "availability"),
        ("ShipwayBudgetBurnsSlowly", "latency"),
        ("ShipwayMetadataDown", ""),
        ("ShipwayMetadataSlow", ""),
        ("ShipwayMetadataRefuses", ""),
    }
    assert waited_for(lambda: _firing(prometheus_url) == expected)
    assert waited_for(lambda: all(rule["health"] != "unknown" for rule in _rules(prometheus_url)))
    assert [(rule["name"], rule["lastError"]) for rule in _rules(prometheus_url) if rule["health"] != "ok"] == []
    told = {rule["name"]: rule["alerts"] for rule in _rules(prometheus_url) if rule["type"] == "alerting"}
    (failed,) = told["ShipwayRunFailed"]
    assert failed["annotations"]["summary"] == "The newest run of flights failed."
    assert failed["labels"] == {
        "alertname": "ShipwayRunFailed",
        "pipeline": "flights",
        "severity": "warning",
        "team": "ml",
    }
