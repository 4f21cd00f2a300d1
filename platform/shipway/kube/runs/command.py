"""What a container of Kubeflow Pipelines is for, by the words of its command.

The launcher of a step, and the driver that prepares it, are told pipeline, run and task by flags; what stands in a
step's executor input is what the step itself goes by.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

STEP_MODULE = ("-m", "shipway.step")
STEP, DRIVER, IMPORTER = "step", "driver", "importer"


@dataclass(frozen=True)
class Command:
    """The command of a step, of the driver before it, or of an importer.

    `output_file` is a step's, by which it knows what it is; `task` is what a driver or importer says, "" for the run's
    root. `reference` is the step of Shipway's that it is about, "" for a container of another kind.
    """

    kind: str
    pipeline: str
    run_id: str
    task: str = ""
    output_file: str = ""
    reference: str = ""


def command_of(words: Sequence[str]) -> Command | None:
    """What a container's command and arguments say, one list; None where Kubeflow's launcher or driver is not in it."""
    own, program = _parted(words)
    flags = dict(pairwise(own))
    pipeline, run_id = flags.get("--pipeline_name", ""), flags.get("--run_id", "")
    if not (pipeline and run_id):
        return None
    if "--executor_input" in flags:
        output_file = str(_mapping(_mapping(_decoded(flags["--executor_input"])).get("outputs")).get("outputFile", ""))
        return Command(STEP, pipeline, run_id, output_file=output_file, reference=reference_in(program))
    if flags.get("--executor_type") == IMPORTER:
        return Command(IMPORTER, pipeline, run_id, _task_name(flags.get("--task_spec", "")))
    if "--type" in flags:
        container = flags.get("--container", "")
        return Command(DRIVER, pipeline, run_id, flags.get("--task_name", ""), reference=container_reference(container))
    return None


def container_reference(text: str) -> str:
    """The step of Shipway's that a container, in Kubeflow's JSON, runs; "" for any other."""
    container = _mapping(_decoded(text))
    return reference_in([*_words(container.get("command")), *_words(container.get("args"))])


def reference_in(words: Sequence[str]) -> str:
    """The step that `python -m shipway.step REFERENCE` runs; "" where that is not what is run."""
    for place in range(len(words) - 2):
        if tuple(words[place : place + 2]) == STEP_MODULE:
            return words[place + 2]
    return ""


def _parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Kubeflow's own words, and the step's program after the `--` that follows them; Argo's words stand before both."""
    listed = list(words)
    first = listed.index("--pipeline_name") if "--pipeline_name" in listed else 0
    end = listed.index("--", first) if "--" in listed[first:] else len(listed)
    begin = len(listed) - listed[::-1].index("--", len(listed) - first) if "--" in listed[:first] else 0
    return listed[begin:end], listed[end + 1 :]


def _task_name(task_spec: str) -> str:
    return str(_mapping(_mapping(_decoded(task_spec)).get("taskInfo")).get("name", ""))


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
