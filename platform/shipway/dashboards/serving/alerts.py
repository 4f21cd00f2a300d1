"""Alerts that fire or are about to, as Prometheus and Alertmanager tell them."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shipway.dashboards.runs.texts import plain
from shipway.dashboards.serving.asking import NoAnswer, ask_json
from shipway.dashboards.serving.endpoints import Endpoint
from shipway.dashboards.serving.polling import Poll
from shipway.dashboards.serving.written import object_in, objects_in, text_in

if TYPE_CHECKING:
    from shipway.dashboards.site import Site

FIRING, PENDING, SILENCED = "firing", "pending", "silenced"
STATES = (FIRING, PENDING, SILENCED)
SEVERITIES = ("critical", "warning", "info")
"""As they come in a list; others follow."""

MOST_ALERTS = 200
SECONDS_BETWEEN_LOOKS = 10.0
NOT_SHOWN = frozenset({"alertname", "severity"})
"""Labels that have a place of their own."""


@dataclass(frozen=True)
class Alert:
    """One alert; `since_ms` is since when what it watches for is so, milliseconds since 1970, 0 for unknown."""

    name: str
    state: str
    severity: str
    since_ms: float
    summary: str
    description: str
    runbook: str
    labels: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Alerts:
    """What was last known. `rules` is how many alerting rules there are, None where nobody tells."""

    alerts: Sequence[Alert] = ()
    left_out: int = 0
    rules: int | None = None
    asked_ms: float = 0
    problems: Sequence[str] = ()

    @property
    def firing(self) -> list[Alert]:
        return [one for one in self.alerts if one.state == FIRING]


@dataclass(frozen=True)
class _Part:
    """What one server tells."""

    alerts: Sequence[Alert] = ()
    rules: int | None = None
    problems: Sequence[str] = field(default_factory=tuple)


class AlertWatch:
    """Looks at both servers, those that there are; `latest` may be read at any time.

    An Alertmanager is believed about what fires, since it knows of silences; what is about to fire comes from
    Prometheus, for it never gets there.
    """

    def __init__(self, prometheus: Endpoint | None, alertmanager: Endpoint | None) -> None:
        self.prometheus = prometheus
        self.alertmanager = alertmanager
        self.latest = Alerts()
        self._kept: dict[str, _Part] = {}

    @property
    def is_configured(self) -> bool:
        return self.prometheus is not None or self.alertmanager is not None

    def look(self) -> None:
        """Ask for everything, once; of a server that does not answer the last answer stays, and a sentence says so."""
        parts = []
        if self.prometheus is not None:
            parts.append(self._asked(self.prometheus, self._of_prometheus))
        if self.alertmanager is not None:
            parts.append(self._asked(self.alertmanager, _of_alertmanager))
        alerts = sorted((alert for part in parts for alert in part.alerts), key=_order)
        self.latest = Alerts(
            alerts=alerts[:MOST_ALERTS],
            left_out=max(0, len(alerts) - MOST_ALERTS),
            rules=next((part.rules for part in parts if part.rules is not None), None),
            asked_ms=time.time() * 1000,
            problems=[problem for part in parts for problem in part.problems],
        )

    def _asked(self, endpoint: Endpoint, question: Callable[[Endpoint], _Part]) -> _Part:
        try:
            found = self._kept[endpoint.url] = question(endpoint)
        except NoAnswer as fault:
            kept = self._kept.get(endpoint.url, _Part())
            return _Part(kept.alerts, kept.rules, (str(fault),))
        return found

    def _of_prometheus(self, endpoint: Endpoint) -> _Part:
        written = _data(ask_json(endpoint, "/api/v1/alerts")).get("alerts")
        alerts = [
            _alert(one, plain(one.get("state", "")), one.get("activeAt"))
            for one in objects_in(written)
            if one.get("state") in (FIRING, PENDING) and not (self.alertmanager and one.get("state") == FIRING)
        ]
        groups = objects_in(_data(ask_json(endpoint, "/api/v1/rules?type=alert")).get("groups"))
        rules = [rule for group in groups for rule in objects_in(group.get("rules"))]
        broken = [
            f"Prometheus cannot work out the alert {text_in(rule, 'name')} ({text_in(rule, 'lastError')[:300]})."
            for rule in rules
            if rule.get("health") == "err"
        ]
        return _Part(alerts, len(rules), tuple(broken[:5]))


def _of_alertmanager(endpoint: Endpoint) -> _Part:
    alerts = []
    for one in objects_in(ask_json(endpoint, "/api/v2/alerts")):
        is_suppressed = object_in(one.get("status")).get("state") == "suppressed"
        alerts.append(_alert(one, SILENCED if is_suppressed else FIRING, one.get("startsAt")))
    return _Part(alerts)


def _alert(written: Mapping[str, Any], state: str, since: Any) -> Alert:
    labels, notes = object_in(written.get("labels")), object_in(written.get("annotations"))
    return Alert(
        name=text_in(labels, "alertname") or "(no name)",
        state=state,
        severity=text_in(labels, "severity"),
        since_ms=_milliseconds(since),
        summary=text_in(notes, "summary"),
        description=text_in(notes, "description"),
        runbook=text_in(notes, "runbook_url"),
        labels=sorted((plain(name)[:200], text_in(labels, name)) for name in labels if name not in NOT_SHOWN),
    )


def _order(alert: Alert) -> tuple[int, int, float, str]:
    known = alert.severity in SEVERITIES
    rank = SEVERITIES.index(alert.severity) if known else len(SEVERITIES)
    return STATES.index(alert.state), rank, alert.since_ms, alert.name


def _milliseconds(written: Any) -> float:
    """A time as RFC 3339 has it, of nanoseconds too."""
    try:
        return datetime.fromisoformat(str(written)).timestamp() * 1000
    except (ValueError, OverflowError):
        return 0.0


def _data(answer: Any) -> Mapping[str, Any]:
    return object_in(object_in(answer).get("data"))


def alerts_of(site: Site) -> AlertWatch:
    """The alerts of a site, watched until the site goes; whoever is not configured is not asked."""
    watch = AlertWatch(site.options.prometheus, site.options.alertmanager)
    if watch.is_configured:
        poll = Poll("watching alerts", SECONDS_BETWEEN_LOOKS, watch.look)
        weakref.finalize(site, poll.stop)
        poll.start()
    return watch
