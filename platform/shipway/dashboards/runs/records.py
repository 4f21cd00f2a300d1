"""A run and its tasks, whatever they were read from. Times are milliseconds since the epoch, durations are seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shipway.runner.results import CANCELLED, DAMAGED, FAILED, INTERRUPTED, RUNNING, SKIPPED, SUCCEEDED

WAITING = "WAITING"
CACHED = "CACHED"
UNREAD = "UNREAD"
"""Of a run whose state has not been looked up, because a page looks up so many and no more."""

STATES = (RUNNING, SUCCEEDED, FAILED, CANCELLED, INTERRUPTED, DAMAGED)
"""What a run may be."""

__all__ = [
    "CACHED",
    "CANCELLED",
    "DAMAGED",
    "FAILED",
    "INTERRUPTED",
    "RUNNING",
    "SKIPPED",
    "STATES",
    "SUCCEEDED",
    "UNREAD",
    "WAITING",
    "ArtifactRef",
    "Attempt",
    "Run",
    "Task",
]


@dataclass(frozen=True)
class ArtifactRef:
    """An artifact under its key; `id` is lineage's, None where only the journal tells of it."""

    key: str
    type_name: str
    uri: str
    id: int | None = None
    state: str = ""
    name: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attempt:
    """One try of a task. `ended_ms` is None while it goes on, or where nobody wrote down when it ended."""

    number: int
    state: str
    began_ms: float
    ended_ms: float | None = None
    sentence: str = ""
    execution_id: int = 0


@dataclass(frozen=True)
class Task:
    """One task of a run, by the name that its journal and its lineage have for it."""

    name: str
    state: str
    seconds: float = 0.0
    sentence: str = ""
    step: str = ""
    cache_key: str = ""
    began_ms: float | None = None
    ended_ms: float | None = None
    restored: bool = False
    attempts: Sequence[Attempt] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    output_parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Sequence[ArtifactRef] = ()
    outputs: Sequence[ArtifactRef] = ()


@dataclass(frozen=True)
class Run:
    """One run. `life_began_ms` is when it was last started or resumed; `folder` is where its relative paths start."""

    run_id: str
    pipeline: str
    state: str
    started_ms: float = 0.0
    seconds: float = 0.0
    life_began_ms: float = 0.0
    target: str = ""
    folder: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tasks: Sequence[Task] = ()
    problems: Sequence[str] = ()
    in_home: bool = True
    in_lineage: bool = True

    @property
    def active(self) -> bool:
        return self.state == RUNNING

    def task(self, name: str) -> Task | None:
        return next((one for one in self.tasks if one.name == name), None)
