"""How a run and its tasks went, and who may watch while it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shipway.runner.outputs import NOTHING, Values

SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
SKIPPED = "SKIPPED"
CANCELLED = "CANCELLED"
RUNNING = "RUNNING"
INTERRUPTED = "INTERRUPTED"
"""Of a run whose process was killed: it can be resumed."""
DAMAGED = "DAMAGED"
"""Of a run whose folder lacks what it was asked to do."""


@dataclass(frozen=True)
class TaskResult:
    """How one task ended.

    `sentence` says why it did not succeed, or was skipped. `cached`: an earlier result stands in for it. `restored`: it
    had ended before this run was resumed. `step` is the reference of a Shipway step, or the name of the component.
    `evidence`: what a task that failed has left to show why; nobody is given it as an input.
    """

    name: str
    state: str
    cached: bool = False
    seconds: float = 0.0
    sentence: str = ""
    outputs: Values = field(default_factory=Values)
    step: str = ""
    attempts: int = 0
    restored: bool = False
    evidence: Values = NOTHING

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "outputs": self.outputs.to_json(), "evidence": self.evidence.to_json()}


@dataclass(frozen=True)
class RunResult:
    """How a run ended, or how it stands. `started`: seconds since the epoch; `sentence` tells the first failure."""

    run_id: str
    pipeline: str
    state: str
    seconds: float
    tasks: Sequence[TaskResult] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    started: float = 0.0
    target: str = ""
    sentence: str = ""

    def task(self, name: str) -> TaskResult:
        """The task of that name; `KeyError` when there is none."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise KeyError(name)


class RunObserver:
    """Is told what happens in a run, on the thread of the run. Subclasses take what they want to show."""

    def run_started(self, run_id: str, pipeline: str, tasks: Sequence[str]) -> None:
        """`tasks` are the names of the tasks in the order of the flow; those of a loop get a number each later."""

    def task_started(self, name: str, attempt: int) -> None:
        """A process has begun to work on the task; `attempt` counts from 1."""

    def task_progress(self, name: str, rows: int) -> None:
        """The task has done `rows` rows so far."""

    def task_retried(self, name: str, attempt: int, sentence: str, pause: float) -> None:
        """Attempt `attempt` failed; the next one begins in `pause` seconds."""

    def task_finished(self, result: TaskResult) -> None:
        """The task has ended, or was skipped."""

    def run_finished(self, result: RunResult) -> None:
        """The run has ended."""
