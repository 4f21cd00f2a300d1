"""What a model server says that it serves: models, versions, states, labels, and how it divides traffic.

Shipway's own server is asked for everything. Of others there is what their protocols have: the index of a repository
(Open Inference Protocol), a list of names (KServe), or the states of models whose names the metrics tell (TensorFlow
Serving, which lists none).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from shipway.dashboards.runs.texts import plain
from shipway.dashboards.serving.asking import NoAnswer, ask, ask_json, json_of
from shipway.dashboards.serving.counts import TENSORFLOW
from shipway.dashboards.serving.endpoints import Endpoint
from shipway.dashboards.serving.exposition import Samples
from shipway.dashboards.serving.written import LONGEST_TEXT, number_in, object_in, objects_in, text_in

MOST_MODELS, MOST_VERSIONS, MOST_LABELS, MOST_ARMS = 100, 500, 20, 50
AVAILABLE = frozenset({"AVAILABLE", "READY"})
NOT_HERE = frozenset({400, 404, 405, 501})
"""What a server answers to a question of a protocol that it does not speak."""


@dataclass(frozen=True)
class VersionState:
    """A version of a model, as the server calls its state; `version` is "" for a model that has none."""

    model: str
    version: str
    state: str
    reason: str = ""

    @property
    def is_available(self) -> bool:
        return self.state in AVAILABLE

    @property
    def has_ended(self) -> bool:
        """Whether it was unloaded, as it should be."""
        return not self.is_available and not self.reason and self.state in ("UNAVAILABLE", "END")


@dataclass(frozen=True)
class Arm:
    """A share of a model's requests, and who answers them: a version, or what a label stands for."""

    name: str
    version: str
    label: str
    weight: float
    share: float


@dataclass(frozen=True)
class Division:
    """How requests for a model are divided; `sticky` and `shadow` are words, "" for none."""

    arms: Sequence[Arm] = ()
    sticky: str = ""
    shadow: str = ""


@dataclass(frozen=True)
class Inventory:
    """What one server serves. `kind` says in words what sort of server it is; `notes` what it does not tell."""

    kind: str = ""
    versions: Sequence[VersionState] = ()
    divisions: Mapping[str, Division] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    """Of a model and a version; the server tells of those labels alone that traffic is divided by."""

    notes: Sequence[str] = ()

    is_of_shipway: bool = False


def take_inventory(endpoint: Endpoint, samples: Samples) -> Inventory:
    """Ask a server what it serves; `samples` are its metrics. Raises `NoAnswer` where it cannot be asked."""
    reply = ask(endpoint, "/v2/repository/index", "POST", b"{}")
    if reply.status in NOT_HERE:
        return _without_index(endpoint, samples)
    index = json_of(endpoint, reply)
    versions = [
        VersionState(
            text_in(one, "name"), text_in(one, "version"), text_in(one, "state") or "UNKNOWN", text_in(one, "reason")
        )
        for one in objects_in(index)[:MOST_VERSIONS]
    ]
    server = object_in(ask_json(endpoint, "/v2"))
    if server.get("name") != "shipway":
        notes = ("It is no model server of Shipway's: it is asked for its models and nothing else.",)
        return Inventory(f"{text_in(server, 'name') or 'Open Inference Protocol'} {text_in(server, 'version')}".strip(),
                         versions, notes=notes)  # fmt: skip
    divisions = _divisions(endpoint)
    return Inventory(
        kind=f"Shipway {text_in(server, 'version')}".strip(),
        versions=versions,
        divisions=divisions,
        labels=_labels(endpoint, divisions),
        is_of_shipway=True,
    )


def _without_index(endpoint: Endpoint, samples: Samples) -> Inventory:
    """A server that does not speak of its repository: KServe's by its list, TensorFlow Serving by its metrics."""
    listed = ask(endpoint, "/v2/models")
    if listed.status == 200:
        names = object_in(json_of(endpoint, listed)).get("models", ())
        found = (
            [plain(name)[:LONGEST_TEXT] for name in names if isinstance(name, str)] if isinstance(names, list) else []
        )
        versions = [VersionState(name, "", _readiness(endpoint, name)) for name in found[:MOST_MODELS]]
        return Inventory("Open Inference Protocol", versions, notes=("It does not tell which versions it serves.",))
    counted = samples.get(f"{TENSORFLOW}request_count", ())
    names = dict.fromkeys(labels.get("model_name", "") for labels, _ in counted)
    states = [state for name in list(names)[:MOST_MODELS] if name for state in _states(endpoint, name)]
    note = (
        "It is no model server of Shipway's: such a server tells of models whose names it is asked for, and names are "
        "known of those alone that its metrics have counted requests of."
    )
    return Inventory("TensorFlow Serving's API", states[:MOST_VERSIONS], notes=(note,))


def _readiness(endpoint: Endpoint, model: str) -> str:
    with suppress(NoAnswer):
        return "READY" if ask(endpoint, f"/v2/models/{quote(model, safe='')}/ready").status == 200 else "UNAVAILABLE"
    return "UNKNOWN"


def _states(endpoint: Endpoint, model: str) -> Iterator[VersionState]:
    """TensorFlow Serving's states of a model; nothing where it does not know the model."""
    with suppress(NoAnswer):
        answer = object_in(ask_json(endpoint, f"/v1/models/{quote(model, safe='')}"))
        for one in objects_in(answer.get("model_version_status")):
            status = object_in(one.get("status"))
            message = text_in(status, "error_message") if status.get("error_code") not in ("OK", 0) else ""
            yield VersionState(model, text_in(one, "version"), text_in(one, "state") or "UNKNOWN", message)


def _divisions(endpoint: Endpoint) -> dict[str, Division]:
    """Traffic by model; nothing where the server divides none."""
    reply = ask(endpoint, "/v1/traffic")
    if reply.status != 200:
        return {}
    models = object_in(object_in(json_of(endpoint, reply)).get("models"))
    return {plain(name)[:LONGEST_TEXT]: _division(object_in(one)) for name, one in list(models.items())[:MOST_MODELS]}


def _division(written: Mapping[str, Any]) -> Division:
    arms = objects_in(written.get("arms"))[:MOST_ARMS]
    weights = [number_in(arm.get("weight")) for arm in arms]
    whole = sum(weights) or 1.0
    sticky, shadow = object_in(written.get("sticky")), object_in(written.get("shadow"))
    return Division(
        arms=[
            Arm(text_in(arm, "name"), text_in(arm, "version"), text_in(arm, "label"), weight, weight / whole)
            for arm, weight in zip(arms, weights, strict=True)
        ],
        sticky=", ".join(f"the {kind} {text_in(sticky, kind)}" for kind in ("header", "input") if sticky.get(kind)),
        shadow=f"{_target(shadow)}, of {number_in(shadow.get('sample_rate', 1)):.3g} of the requests" if shadow else "",
    )


def _target(written: Mapping[str, Any]) -> str:
    label = text_in(written, "label")
    return f"the label {label}" if label else f"version {text_in(written, 'version')}"


def _labels(endpoint: Endpoint, divisions: Mapping[str, Division]) -> dict[tuple[str, str], list[str]]:
    """Which versions the labels of arms stand for: the server is asked for each by its name."""
    wanted = [(model, arm.label) for model, one in divisions.items() for arm in one.arms if arm.label]
    found: dict[tuple[str, str], list[str]] = {}
    for model, label in list(dict.fromkeys(wanted))[:MOST_LABELS]:
        with suppress(NoAnswer):
            answer = ask_json(endpoint, f"/v1/models/{quote(model, safe='')}/labels/{quote(label, safe='')}")
            for one in objects_in(object_in(answer).get("model_version_status")):
                found.setdefault((model, text_in(one, "version")), []).append(label)
    return found
