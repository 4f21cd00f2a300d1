"""What an earlier life of a run left behind: tasks that had ended, and attempts that were cut off."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shipway.artifacts import publish
from shipway.runner.invocation import OUTPUT_FILE
from shipway.runner.results import SUCCEEDED

REMOVALS, SECONDS_BETWEEN_REMOVALS = 20, 0.05

STARTED, ENDED, NOTED = "task_started", "task_finished", "task_noted"
EVIDENCE_LEFT = "evidence_left"
"""Of an attempt that failed and whose folder stays: lineage tells what lies there, and why."""


@dataclass
class History:
    """The journal of a run, by task."""

    finished: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    unfinished: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Mapping[str, Any]]) -> History:
        history = cls()
        for event in events:
            if event["event"] == STARTED:
                history.unfinished.setdefault(event["task"], []).append(event)
                history.finished.pop(event["task"], None)
            elif event["event"] == EVIDENCE_LEFT:
                left = history.unfinished.get(event["task"], [])
                history.unfinished[event["task"]] = [one for one in left if one["folder"] != event["folder"]]
            elif event["event"] == ENDED:
                if event["state"] == SUCCEEDED:
                    history.finished[event["task"]] = event
                history.unfinished.pop(event["task"], None)
        return history

    def take_completed(self, task: str) -> tuple[Mapping[str, Any], dict[str, Any]] | None:
        """An attempt that had written everything when the run was killed, with its executor output.

        Whatever other attempts at the task left is deleted.
        """
        completed = None
        for started in self.unfinished.pop(task, []):
            output = _executor_output(started)
            if output is not None and completed is None:
                completed = started, output
            else:
                discard(started["folder"])
                discard(started["final_folder"])
        return completed


def _executor_output(started: Mapping[str, Any]) -> dict[str, Any] | None:
    """The output file of an attempt is the last thing that is written, so its artifacts are whole when it is there."""
    try:
        text = Path(started["final_folder"], OUTPUT_FILE).read_text(encoding="utf-8")
        return json.loads(text)
    except (OSError, ValueError):
        return None


def discard(folder: str) -> None:
    """Delete what an attempt left, under another name first, so that nothing half-deleted looks whole."""
    path = Path(folder)
    if path.is_dir():
        stale = path.with_name(f".partial-stale-{path.name}")
        publish(path, stale)
        for _ in range(REMOVALS):  # a step that was killed may have a last file under way
            shutil.rmtree(stale, ignore_errors=True)
            if not stale.exists():
                break
            time.sleep(SECONDS_BETWEEN_REMOVALS)
