"""Runs and tasks of a cluster as plain values, in the words that runs of this machine use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PENDING = "PENDING"
RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
SKIPPED = "SKIPPED"
CANCELLING = "CANCELLING"
CANCELLED = "CANCELLED"
FINAL = frozenset({SUCCEEDED, FAILED, SKIPPED, CANCELLED})


@dataclass(frozen=True)
class Pod:
    """A pod that worked on a task: its node in the workflow, and its name in the namespace of the run."""

    node_id: str
    name: str


@dataclass(frozen=True)
class ClusterTask:
    """One task of a run. `name` is the one of the local runner: `train`, in a nested pipeline `inner.train`, in a loop
    `train.0`; `key` is the bare one, under which lineage records it.

    `message` is what the workflow says of its end; `pods` are those of its attempts, the last one last, and `driver`
    is the pod that decided on its inputs and the cache. Times are seconds, `started` since the epoch.
    """

    name: str
    key: str
    state: str
    cached: bool = False
    started: float = 0.0
    seconds: float = 0.0
    message: str = ""
    pods: Sequence[Pod] = ()
    driver: Pod | None = None

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


@dataclass(frozen=True)
class ClusterRun:
    """One run. `started` is in seconds since the epoch, 0.0 for a run that has not been scheduled."""

    run_id: str
    name: str
    pipeline: str
    version: str
    state: str
    started: float = 0.0
    seconds: float = 0.0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schedule_id: str = ""
    sentence: str = ""

    @property
    def is_final(self) -> bool:
        return self.state in FINAL
