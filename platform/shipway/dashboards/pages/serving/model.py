"""`/serving/{model}`: one model's traffic, latency, shadows and inputs, over all servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.serving.curves import Curves, arm_name, curves_of_fleet, curves_of_past
from shipway.dashboards.pages.serving.pushed import Pushed
from shipway.dashboards.pages.serving.served import PushLine, ServedLine, push_line, recent_windows, served_lines
from shipway.dashboards.serving.counts import REQUESTS
from shipway.dashboards.serving.fleet import Fleet
from shipway.dashboards.serving.gauges import (
    InputNumbers,
    LogCounts,
    Queues,
    ShadowComparison,
    input_numbers,
    log_counts,
    queues,
    shadow_comparisons,
)
from shipway.dashboards.serving.history import Window
from shipway.dashboards.serving.inventory import Division
from shipway.dashboards.serving.prometheus import Past
from shipway.dashboards.serving.traffic import Distribution, Traffic, batch_rows, merged, stages, traffic_of

MOST_PUSHES = 10
MOST_ARMS = 60
MOST_VERSIONS = 12

REMEMBERED = {"15m": 900.0, "1h": 3600.0}
"""Windows that the dashboards remember themselves, in seconds."""

LONG = {"6h": 6 * 3600.0, "1d": 86400.0, "7d": 7 * 86400.0}
"""Windows for which Prometheus is asked."""

DEFAULT_WINDOW = "15m"


class NoSuchModel(NotFound):
    """A model that nobody knows."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No model {name[:300]!r} is served, logged or was pushed, as far as is known: what is served is listed "
            "under Serving."
        )


@dataclass(frozen=True)
class ArmLine:
    """What one version answered for one arm lately."""

    name: str
    traffic: Traffic


@dataclass(frozen=True)
class ServerPart:
    """What one server tells of the model beside traffic."""

    server: str
    division: Division
    queues: Queues
    log: LogCounts
    shadows: Sequence[ShadowComparison]


@dataclass(frozen=True)
class ModelPage:
    """All of the page but the drift. `curves` is None while Prometheus is being asked."""

    name: str
    served: Sequence[ServedLine]
    parts: Sequence[ServerPart]
    pushes: Sequence[PushLine]
    traffic: Traffic
    arms: Sequence[ArmLine]
    codes: Sequence[tuple[str, float]]
    stages: Sequence[tuple[str, Distribution]]
    batches: Distribution
    inputs: Sequence[InputNumbers]
    curves: Curves | None
    window: str
    windows: Sequence[str]
    is_watched: bool
    problems: Sequence[str]

    @property
    def shadows(self) -> list[tuple[str, ShadowComparison]]:
        """Each with the name of its server."""
        return [(part.server, one) for part in self.parts for one in part.shadows]

    @property
    def versions(self) -> list[str]:
        """Those that are served or were pushed, the newest first."""
        known = [*(one.version.version for one in self.served), *(one.push.version for one in self.pushes)]
        return sorted({one for one in known if one.isascii() and one.isdigit()}, key=int, reverse=True)[:MOST_VERSIONS]


def model_page(
    fleet: Fleet, pushed: Pushed, logged: Sequence[str], name: str, chosen: str, past: Past | None, *, has_past: bool
) -> ModelPage:
    """The page of a model. Raises `NoSuchModel`.

    Args:
        logged: the models of the inference log.
        chosen: a window.
        past: what Prometheus told of a long window, None while nothing has come.
        has_past: whether there is a Prometheus at all.
    """
    snapshots = [one for one in fleet.snapshots() if any(v.model == name for v in one.inventory.versions)]
    pushes = pushed.of_model(name)
    if not snapshots and not pushes and name not in logged:
        raise NoSuchModel(name)
    windows = recent_windows(fleet)
    recent = list(windows.values())
    traffic = merged(traffic_of(one, lambda key: key.model == name) for one in recent)
    is_long = chosen in LONG and has_past
    return ModelPage(
        name=name,
        served=served_lines(fleet, windows, pushed, name),
        parts=[
            ServerPart(
                one.endpoint.name,
                one.inventory.divisions.get(name, Division()),
                queues(one.samples, name),
                log_counts(one.samples),
                shadow_comparisons(one.samples, name),
            )
            for one in snapshots
        ],
        pushes=[push_line(one, fleet) for one in pushes[:MOST_PUSHES]],
        traffic=traffic,
        arms=_arms(recent, name),
        codes=sorted(traffic.codes.items(), key=lambda pair: -pair[1]),
        stages=stages(recent, name),
        batches=batch_rows(recent, name),
        inputs=input_numbers([one.samples for one in snapshots], name),
        curves=_curves(fleet, name, chosen, past) if not is_long or past is not None else None,
        window=chosen if is_long or chosen in REMEMBERED else DEFAULT_WINDOW,
        windows=[*REMEMBERED, *(LONG if has_past else ())],
        is_watched=bool(fleet.watches),
        problems=_problems(fleet, pushed, past if is_long else None),
    )


def _curves(fleet: Fleet, name: str, chosen: str, past: Past | None) -> Curves:
    if past is not None:
        return curves_of_past(past)
    return curves_of_fleet(fleet, name, REMEMBERED.get(chosen, REMEMBERED[DEFAULT_WINDOW]))


def _arms(windows: Sequence[Window], model: str) -> list[ArmLine]:
    """By arm and version, those with the most requests first."""
    places = {
        (key.version, key.arm)
        for counted in windows
        for key in counted.series
        if key.kind == REQUESTS and key.model == model
    }
    lines = [
        ArmLine(arm_name(*place), merged(_of(counted, model, *place) for counted in windows)) for place in places
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-line.traffic.requests, line.name))[:MOST_ARMS]


def _of(counted: Window, model: str, version: str, arm: str) -> Traffic:
    return traffic_of(counted, lambda key: (key.model, key.version, key.arm) == (model, version, arm))


def _problems(fleet: Fleet, pushed: Pushed, past: Past | None) -> list[str]:
    found = [one.problem for one in fleet.snapshots() if one.answers is False]
    if past is not None and past.problem:
        found.append(past.problem)
    if pushed.problem:
        found.append(pushed.problem)
    return found
