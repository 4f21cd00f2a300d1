"""`/serving`: servers, what they serve and how it fares, alerts, and what was pushed where."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.pages.serving.pushed import Pushed
from shipway.dashboards.serving.alerts import Alerts, AlertWatch
from shipway.dashboards.serving.fleet import Fleet
from shipway.dashboards.serving.history import Window, window
from shipway.dashboards.serving.inventory import Arm, VersionState
from shipway.dashboards.serving.traffic import Traffic, traffic_of
from shipway.dashboards.serving.watch import Snapshot, Watch
from shipway.lineage.pushes import Push

RECENT_SECONDS = 300.0
"""How far back rates and latencies of now look."""

MOST_LINES = 200


@dataclass(frozen=True)
class ServedLine:
    """A version of a model on one server; `push` is what lineage knows of it."""

    server: str
    version: VersionState
    labels: Sequence[str]
    arms: Sequence[Arm]
    traffic: Traffic
    push: Push | None

    @property
    def model(self) -> str:
        return self.version.model


@dataclass(frozen=True)
class ServerLine:
    """A server; `ended` is how many versions it has unloaded."""

    snapshot: Snapshot
    models: Sequence[str]
    ended: int
    traffic: Traffic


@dataclass(frozen=True)
class PushLine:
    """A push, and the servers that serve its version now."""

    push: Push
    servers: Sequence[str]


@dataclass(frozen=True)
class ServingPage:
    """All of the page. `is_watched` and `is_alerted` say whether anybody was named who could tell."""

    servers: Sequence[ServerLine]
    served: Sequence[ServedLine]
    left_out: int
    pushes: Sequence[PushLine]
    alerts: Alerts
    is_watched: bool
    is_alerted: bool
    problems: Sequence[str]


def serving_page(fleet: Fleet, alerts: AlertWatch, pushed: Pushed) -> ServingPage:
    """What the page shows, of what was last seen."""
    windows = recent_windows(fleet)
    served = served_lines(fleet, windows, pushed)
    return ServingPage(
        servers=[_server(watch, windows[watch.snapshot.endpoint.name]) for watch in fleet.watches],
        served=served[:MOST_LINES],
        left_out=max(0, len(served) - MOST_LINES),
        pushes=[push_line(one, fleet) for one in pushed.newest_of_pipelines()],
        alerts=alerts.latest,
        is_watched=bool(fleet.watches),
        is_alerted=alerts.is_configured,
        problems=[pushed.problem] if pushed.problem else [],
    )


def recent_windows(fleet: Fleet) -> dict[str, Window]:
    """What each server has counted lately, by its name."""
    since = time.time() - RECENT_SECONDS
    return {one.snapshot.endpoint.name: window(one.history.since(since)) for one in fleet.watches}


def served_lines(
    fleet: Fleet, windows: dict[str, Window], pushed: Pushed, model: str | None = None
) -> list[ServedLine]:
    """Versions that are or should be there, of all models or of one: by model, the newest version first, by server."""
    lines = []
    for snapshot in fleet.snapshots():
        inventory = snapshot.inventory
        for version in inventory.versions:
            if version.has_ended or model not in (None, version.model) or not snapshot.answers:
                continue
            division = inventory.divisions.get(version.model)
            labels = inventory.labels.get((version.model, version.version), ())
            lines.append(ServedLine(
                server=snapshot.endpoint.name,
                version=version,
                labels=labels,
                arms=[arm for arm in (division.arms if division else ()) if is_answered_by(arm, version, labels)],
                traffic=_traffic(windows[snapshot.endpoint.name], version, by_version=inventory.is_of_shipway),
                push=pushed.of(version.model, version.version),
            ))  # fmt: skip
    return sorted(
        lines, key=lambda line: (line.model, -_number(line.version.version), line.version.version, line.server)
    )


def is_answered_by(arm: Arm, version: VersionState, labels: Sequence[str]) -> bool:
    """Whether a version answers for an arm, by its number or by a label that stands for it."""
    return arm.version == version.version if arm.version else arm.label in labels


def push_line(push: Push, fleet: Fleet) -> PushLine:
    wanted = push.model_name, push.version
    servers = [
        snapshot.endpoint.name
        for snapshot in fleet.snapshots()
        if snapshot.answers
        and any(one.is_available and (one.model, one.version) == wanted for one in snapshot.inventory.versions)
    ]
    return PushLine(push, servers)


def _traffic(counted: Window, version: VersionState, *, by_version: bool) -> Traffic:
    """Of a version; of a model where the server does not count by version."""
    wanted = version.version if by_version else ""
    return traffic_of(counted, lambda key: key.model == version.model and key.version == wanted)


def _server(watch: Watch, counted: Window) -> ServerLine:
    snapshot = watch.snapshot
    versions = snapshot.inventory.versions
    return ServerLine(
        snapshot,
        list(dict.fromkeys(one.model for one in versions)),
        sum(one.has_ended for one in versions),
        traffic_of(counted, lambda key: True),
    )


def _number(version: str) -> int:
    return int(version) if version.isascii() and version.isdigit() else 0
