"""A real Prometheus: an alert that fires, one that waits, and traffic out of its memory."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.pages.serving.curves import curves_of_past
from shipway.dashboards.serving.alerts import AlertWatch
from shipway.dashboards.serving.endpoints import Endpoint
from shipway.dashboards.serving.prometheus import past_of

RULES = """
groups:
  - name: of-this-test
    interval: 1s
    rules:
      - alert: FlightsAreAsked
        expr: sum by (model) (shipway_serving_requests_total{model="flights"}) > 4000
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.model }} was asked.", runbook_url: docs/monitoring.md}
      - alert: OnlyForLong
        expr: vector(1)
        for: 1h
        labels: {severity: warning}
      - alert: Never
        expr: vector(1) > 2
"""
CONFIGURATION = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs:
  - job_name: shipway-serving
    static_configs: [{targets: ["TARGET"]}]
"""


@pytest.fixture
def prometheus(flights_server: Any, tmp_path: Path, waited_for: Callable[..., Any]) -> Iterator[Endpoint]:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    (tmp_path / "rules.yaml").write_text(RULES)
    target = flights_server.url.removeprefix("http://")
    (tmp_path / "prometheus.yaml").write_text(CONFIGURATION.replace("TARGET", target))
    log = tmp_path / "prometheus.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [program, f"--config.file={tmp_path / 'prometheus.yaml'}", f"--storage.tsdb.path={tmp_path / 'series'}",
             "--web.listen-address=127.0.0.1:0"],
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        found = waited_for(lambda: re.search(r'msg="Listening on" address=(\S+)', log.read_text()), 60)
        yield Endpoint("prometheus", f"http://{found[1]}")
    finally:
        process.terminate()
        process.wait(30)


def test_what_fires_and_what_was_asked(
    prometheus: Endpoint, flights_server: Any, metrics_text: str, waited_for: Callable[..., Any]
) -> None:
    watch = AlertWatch(prometheus, None)

    def named() -> dict[str, str]:
        watch.look()
        return {one.name: one.state for one in watch.latest.alerts}

    assert waited_for(lambda: named() == {"FlightsAreAsked": "firing", "OnlyForLong": "pending"}, 60)
    first = watch.latest.alerts[0]
    assert (first.severity, first.summary, first.runbook) == ("critical", "flights was asked.", "docs/monitoring.md")
    assert 0 <= time.time() * 1000 - first.since_ms < 120_000
    assert list(first.labels) == [("model", "flights")]
    assert (watch.latest.rules, list(watch.latest.problems)) == (3, [])
    more = metrics_text.replace(" 4047.0", " 4647.0").replace(" 49.0", " 59.0")
    flights_server.says("/metrics", more.encode())

    def curves() -> Any:
        past = past_of(prometheus, "flights", 60.0)
        assert past.problem == ""
        found = curves_of_past(past)
        return found if found.errors.names and found.errors.chart else None

    found = waited_for(curves, 60)
    assert list(found.requests.names) == ["canary: version 1795291251", "control: version 1795291250"]
    assert list(found.errors.names) == ["INVALID_ARGUMENT"]
    assert past_of(prometheus, 'x"} or vector(1) or up{job="', 60.0).requests == []
    assert "does not answer" in past_of(Endpoint("gone", "http://127.0.0.1:9"), "flights", 60.0).problem
