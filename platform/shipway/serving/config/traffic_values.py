"""Checking the values of a traffic configuration, each by its place: `models.flights.arms[1].weight`."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from typing import Any

from shipway.errors import InputError
from shipway.serving.config.spelling import closest

LARGEST_VERSION = 2**63 - 1
LARGEST_WEIGHT = 1e15


class InvalidTraffic(InputError):
    """A traffic configuration that does not have the form it should."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"{where[0].upper()}{where[1:]}: {problem}; {remedy}.")


class Place:
    """Where in the configuration a value stands; `where` names the configuration itself."""

    def __init__(self, where: str, path: str = "") -> None:
        self._where = where
        self._path = path

    def at(self, key: str | int) -> Place:
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if self._path else key
        return Place(self._where, self._path + step)

    def wrong(self, problem: str, remedy: str) -> InvalidTraffic:
        return InvalidTraffic(self._where, f"{self._path} {problem}".strip(), remedy)


def shown(value: Any) -> str:
    """The value as a person wrote it, cut where it is long."""
    return "missing" if value is None else reprlib.repr(value)


def mapping(value: Any, place: Place, known: tuple[str, ...]) -> Mapping[str, Any]:
    """`value`, if it is an object with no other keys than `known`; raises `InvalidTraffic`."""
    if not isinstance(value, Mapping):
        raise place.wrong(f"is {shown(value)}", f"give an object with {', '.join(known)}")
    for key in value:
        if key not in known:
            hint = closest(key, known) if isinstance(key, str) else ""
            raise place.wrong(f"has the unknown key {shown(key)}{hint}", f"the keys are {', '.join(known)}")
    return value


def number(value: Any, place: Place, most: float = math.inf) -> float:
    """`value`, if it is a number from 0 to `most`; raises `InvalidTraffic`."""
    bound = "0 or more" if most == math.inf else f"from 0 to {most:g}"
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= min(most, LARGEST_WEIGHT):
        raise place.wrong(f"is {shown(value)}", f"give a number, {bound}")
    return float(value)


def target(written: Mapping[str, Any], place: Place) -> tuple[int | None, str | None]:
    """The version or the label that a share of the traffic goes to; raises `InvalidTraffic`."""
    version, label = written.get("version"), written.get("label")
    if (version is None) == (label is None):
        problem = "has neither version nor label" if version is None else "has both version and label"
        raise place.wrong(problem, "give one of them")
    if label is not None:
        if not isinstance(label, str) or not label:
            raise place.at("label").wrong(f"is {shown(label)}", "give a label as text, in quotes")
        return None, label
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version <= LARGEST_VERSION:
        raise place.at("version").wrong(f"is {shown(version)}", "give a version's number, without quotes")
    return version, None
