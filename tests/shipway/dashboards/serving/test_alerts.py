"""Alerts of Prometheus and Alertmanager, as they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shipway.dashboards.serving.alerts import MOST_ALERTS, AlertWatch


def alert(name: str, state: str, severity: str = "warning", **notes: str) -> dict[str, Any]:
    return {
        "labels": {"alertname": name, "severity": severity, "instance": "h:1"},
        "annotations": notes,
        "state": state,
        "activeAt": "2026-11-22T01:00:00.123456789Z",
        "value": "1e+00",
    }


def rules(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"status": "success", "data": {"groups": [{"name": "g", "rules": list(rules)}]}}


@pytest.fixture
def prometheus(web: Callable[[], Any]) -> Any:
    server = web()
    alerts = [
        alert("Slow", "pending"),
        alert("Down", "firing", "critical", summary="It is down."),
        alert("Odd", "firing", "odd"),
    ]
    server.says("/api/v1/alerts", {"status": "success", "data": {"alerts": alerts}})
    server.says(
        "/api/v1/rules",
        rules({"name": "Down", "health": "ok"}, {"name": "Broken", "health": "err", "lastError": "no such label"}),
    )
    return server


def test_what_prometheus_tells(prometheus: Any) -> None:
    watch = AlertWatch(prometheus.endpoint(), None)
    assert watch.is_configured
    watch.look()
    found = watch.latest
    assert [(one.name, one.state, one.severity) for one in found.alerts] == [
        ("Down", "firing", "critical"), ("Odd", "firing", "odd"), ("Slow", "pending", "warning"),
    ]  # fmt: skip
    assert found.alerts[0].summary == "It is down."
    assert found.alerts[0].since_ms == pytest.approx(1_795_309_200_123)
    assert list(found.alerts[0].labels) == [("instance", "h:1")]
    assert [one.name for one in found.firing] == ["Down", "Odd"]
    assert found.rules == 2
    assert list(found.problems) == ["Prometheus cannot work out the alert Broken (no such label)."]


def test_an_alertmanager_knows_of_silences(prometheus: Any, web: Callable[[], Any]) -> None:
    manager = web()
    active = {**alert("Down", ""), "startsAt": "2026-11-22T01:00:00Z", "status": {"state": "active"}}
    silenced = {**alert("Odd", ""), "startsAt": "nonsense", "status": {"state": "suppressed"}}
    manager.says("/api/v2/alerts", [silenced, active])
    watch = AlertWatch(prometheus.endpoint(), manager.endpoint("manager"))
    watch.look()
    assert [(one.name, one.state) for one in watch.latest.alerts] == [
        ("Down", "firing"), ("Slow", "pending"), ("Odd", "silenced"),
    ]  # fmt: skip
    assert watch.latest.alerts[2].since_ms == 0
    watch = AlertWatch(None, manager.endpoint("manager"))
    watch.look()
    assert [one.name for one in watch.latest.alerts] == ["Down", "Odd"]
    assert watch.latest.rules is None


def test_the_last_answer_stays_while_nobody_answers(prometheus: Any) -> None:
    watch = AlertWatch(prometheus.endpoint(), None)
    watch.look()
    prometheus.pages.clear()
    watch.look()
    assert len(watch.latest.alerts) == 3
    (problem,) = watch.latest.problems
    assert "main does not answer" in problem
    assert "404" in problem


def test_answers_of_another_form_and_too_many(prometheus: Any) -> None:
    watch = AlertWatch(prometheus.endpoint(), None)
    for answer in (None, [], {"data": []}, {"data": {"alerts": [1, {"state": "firing"}, {"state": ["x"]}]}}):
        prometheus.says("/api/v1/alerts", answer)
        watch.look()
        assert len(watch.latest.alerts) <= 1
    prometheus.says("/api/v1/alerts", {"data": {"alerts": [alert(str(n), "firing") for n in range(MOST_ALERTS + 5)]}})
    watch.look()
    assert (len(watch.latest.alerts), watch.latest.left_out) == (MOST_ALERTS, 5)
