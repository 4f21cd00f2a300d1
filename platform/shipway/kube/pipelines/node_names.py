"""Names of a workflow's nodes, and the names of tasks that they stand for."""

from __future__ import annotations

import re

DRIVER, IMPORTER = "system-container-driver", "system-importer"
DRIVER_SUFFIX = "-driver"
EXECUTOR = "executor"
SCAFFOLD = ("root", "onExit", "iteration-item", "iteration-iterations")
"""Nodes that Kubeflow Pipelines puts around tasks."""
ITERATION = re.compile(r"iteration-iterations\((\d+):.*\)")
GROUP = re.compile(r"(condition|condition-branches|for-loop|exit-handler)-\d+")
"""Names that KFP's compiler gives to what is no task of the user."""


def task_name(path: str) -> str:
    """The name that the local runner gives to the same task; `path` is what stands after the workflow's name."""
    segments: list[str] = []
    indices: list[str] = []
    for part in path.split("."):
        item = ITERATION.fullmatch(part)
        if item:
            indices.append(item[1])
        elif part not in SCAFFOLD and not GROUP.fullmatch(part):
            segments.append(".".join([part, *indices]))
            indices = []
    return ".".join(segments)
