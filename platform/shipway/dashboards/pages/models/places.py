"""Where a model was pushed, and which servers have it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shipway.dashboards.evaluations.standing import PUSHED_MODEL, is_pushed
from shipway.dashboards.runs.texts import plain
from shipway.dashboards.serving.fleet import Served
from shipway.lineage.outcomes import Outcome


@dataclass(frozen=True)
class Place:
    """A push. `reason` says why it did not happen, or what was found there; `served`: who serves that version now."""

    push: Outcome
    destination: str
    version: str
    is_pushed: bool
    reason: str
    served: Sequence[Served]


def places_of(outcomes: Iterable[Outcome], served: Sequence[Served]) -> list[Place]:
    """The pushes among what became of a model, newest first."""
    pushes = [one for one in outcomes if one.artifact.type_name == PUSHED_MODEL]
    return [_place(one, served) for one in reversed(pushes)]


def _place(push: Outcome, served: Sequence[Served]) -> Place:
    said = push.artifact.metadata
    destination, version = (plain(said.get(f"pushed_{name}") or "") for name in ("destination", "version"))
    pushed = is_pushed(push.artifact)
    return Place(
        push=push,
        destination=destination,
        version=version,
        is_pushed=pushed,
        reason=plain(said.get("reason") or ""),
        served=[one for one in served if pushed and _is_served(one, destination, version)],
    )


def _is_served(served: Served, destination: str, version: str) -> bool:
    """A server calls a model by the last part of its folder, unless it was told another name."""
    return str(served.version) == version and served.model == destination.rstrip("/").rpartition("/")[2]
