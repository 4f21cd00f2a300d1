"""How the requests for a model are divided between its versions.

The traffic file is YAML; the same as JSON is what a running server takes and shows::

    models:
      flights:
        arms:                                   # which versions answer, and how often
          - {name: stable, version: 3, weight: 90}
          - {name: canary, label: canary, weight: 10}
        sticky: {header: x-user-id}             # or {input: user_id}: a caller stays with its arm
        shadow: {version: 5, sample_rate: 0.2}  # is asked too, in the background; its answers are compared

Weights are relative to each other. A model that is not named, and a request that names its version or label itself, is
served as if there were no file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shipway.serving.config.text_proto import place_of
from shipway.serving.config.traffic_values import InvalidTraffic as InvalidTraffic
from shipway.serving.config.traffic_values import Place, mapping, number, shown, target
from shipway.serving.config.yaml_file import read_yaml

WHAT = "traffic"
ARM_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
HEADER_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True)
class Arm:
    """One share of the requests: those that a version, or whatever a label stands for, answers."""

    name: str
    """What metrics and logs call it."""

    version: int | None
    label: str | None
    """Exactly one of the two is given."""

    weight: float
    """Its share, relative to the other arms; 0 takes it out without forgetting it."""


@dataclass(frozen=True)
class Sticky:
    """Where the key is that keeps a caller with its arm; exactly one of the two is given."""

    header: str | None = None
    """A header or gRPC metadata, in lower case."""

    input: str | None = None
    """An input of the model, whose first value is the key."""


@dataclass(frozen=True)
class Shadow:
    """A version that gets copies of requests, and whose answers nobody is given."""

    version: int | None
    label: str | None
    """Exactly one of the two is given."""

    sample_rate: float = 1.0
    """Share of the requests that is copied, from 0 to 1."""


@dataclass(frozen=True)
class ModelTraffic:
    """The traffic of one model."""

    arms: tuple[Arm, ...] = ()
    """Empty: the latest version answers."""

    sticky: Sticky | None = None
    shadow: Shadow | None = None


@dataclass(frozen=True)
class TrafficConfig:
    """The traffic of all models that are named."""

    models: Mapping[str, ModelTraffic] = field(default_factory=dict)


def read_traffic(path: Path) -> TrafficConfig:
    """The traffic of a YAML file; an empty one divides nothing.

    Raises `UnreadableConfig`, `NotYaml` and `InvalidTraffic`, all `InputError`s.
    """
    written = read_yaml(path, WHAT)
    return TrafficConfig() if written is None else parse_traffic(written, place_of(path, WHAT))


def parse_traffic(written: Any, where: str = "the traffic configuration") -> TrafficConfig:
    """The traffic that an object of dicts, lists and values says; raises `InvalidTraffic` with `where` at its start."""
    place = Place(where)
    models = mapping(written, place, ("models",)).get("models")
    place = place.at("models")
    if not isinstance(models, Mapping):
        raise place.wrong(f"is {shown(models)}", "give the traffic of models by their names, or {} for none")
    traffic = {}
    for name, value in models.items():
        if not isinstance(name, str) or not name:
            raise place.wrong(f"has the model name {shown(name)}", "write names as text, in quotes")
        traffic[name] = _model(value, place.at(name))
    return TrafficConfig(traffic)


def as_object(config: TrafficConfig) -> dict[str, Any]:
    """The config as JSON has it; `parse_traffic` makes the same config of it again."""
    return {"models": {name: _model_object(traffic) for name, traffic in config.models.items()}}


def _model_object(traffic: ModelTraffic) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if traffic.arms:
        written["arms"] = [_present(vars(arm)) for arm in traffic.arms]
    if traffic.sticky:
        written["sticky"] = _present(vars(traffic.sticky))
    if traffic.shadow:
        written["shadow"] = _present(vars(traffic.shadow))
    return written


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _model(value: Any, place: Place) -> ModelTraffic:
    written = mapping(value, place, ("arms", "sticky", "shadow"))
    arms = _arms(written["arms"], place.at("arms")) if "arms" in written else ()
    sticky = _sticky(written["sticky"], place.at("sticky")) if "sticky" in written else None
    shadow = _shadow(written["shadow"], place.at("shadow")) if "shadow" in written else None
    if not arms and not shadow:
        raise place.wrong("says nothing about its traffic", "give arms, shadow or both, or leave the model out")
    if sticky and not arms:
        raise place.at("sticky").wrong("has no arms to keep callers with", "give arms")
    return ModelTraffic(arms, sticky, shadow)


def _arms(value: Any, place: Place) -> tuple[Arm, ...]:
    if not isinstance(value, list) or not value:
        raise place.wrong(f"is {shown(value)}", "give a list of arms, each with name, version or label, and weight")
    arms = tuple(_arm(arm, place.at(index)) for index, arm in enumerate(value))
    names = [arm.name for arm in arms]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise place.at(index).at("name").wrong(f"is {name!r} for a second time", "give each arm its own name")
    if not any(arm.weight for arm in arms):
        raise place.wrong("all have the weight 0", "give one of them more")
    return arms


def _arm(value: Any, place: Place) -> Arm:
    written = mapping(value, place, ("name", "version", "label", "weight"))
    name = written.get("name")
    if not isinstance(name, str) or not ARM_NAME.fullmatch(name):
        raise place.at("name").wrong(f"is {shown(name)}", "give up to 64 letters, digits, '_', '-' and '.'")
    version, label = target(written, place)
    return Arm(name, version, label, number(written.get("weight"), place.at("weight")))


def _sticky(value: Any, place: Place) -> Sticky:
    written = mapping(value, place, ("header", "input"))
    if len(written) != 1:
        raise place.wrong("has both header and input" if written else "is empty", "give one of header and input")
    ((kind, name),) = written.items()
    if not isinstance(name, str) or not name or (kind == "header" and not HEADER_NAME.fullmatch(name.lower())):
        example = "a header, such as x-user-id" if kind == "header" else "an input of the model"
        raise place.at(kind).wrong(f"is {shown(name)}", f"give the name of {example}")
    return Sticky(header=name.lower()) if kind == "header" else Sticky(input=name)


def _shadow(value: Any, place: Place) -> Shadow:
    written = mapping(value, place, ("version", "label", "sample_rate"))
    version, label = target(written, place)
    return Shadow(version, label, number(written.get("sample_rate", 1.0), place.at("sample_rate"), most=1))
