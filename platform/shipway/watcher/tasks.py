"""Which task of a run a pod is for, by the very names that the step itself goes by in lineage."""

from __future__ import annotations

from collections.abc import Iterator

from shipway.kube.pods import Subject
from shipway.kube.runs import Command
from shipway.kube.runs.command import DRIVER, IMPORTER, STEP
from shipway.lineage import TaskIdentity
from shipway.step.context import BadOutputFile, RunIdentity
from shipway.watcher.run_state import RunState

ROOT = "pipeline"
"""The task of the driver that opens a run, which is of none of its steps."""


def identity_of(command: Command, pod: str) -> TaskIdentity | None:
    """The task; None for a command that tells none. `pod` is "namespace/name"."""
    if command.kind == STEP:
        try:
            named = RunIdentity.of_output_file(command.output_file)
        except BadOutputFile:
            return None
        pipeline, run_id, task = named.pipeline, named.run_id, named.task
    else:
        pipeline, run_id, task = command.pipeline, command.run_id, command.task or ROOT
    return TaskIdentity(pipeline, run_id, task, command.reference or _step(command, task), pod)


def tasks_of(run: RunState) -> Iterator[TaskIdentity]:
    """The tasks of a run's pods, the steps' own before those of the drivers."""
    for pod in sorted(run.pods.values(), key=lambda pod: pod.command is None or pod.command.kind != STEP):
        task = identity_of(pod.command, f"{pod.namespace}/{pod.name}") if pod.command else None
        if task is not None:
            yield task


def subject_of(command: Command, task: TaskIdentity) -> Subject:
    """What a verdict calls the pod, and where a person puts it right."""
    again = f"shipway retry {task.run_id}"
    if command.kind == STEP:
        return Subject(f"step {task.task!r}", f"{task.task!r} in cluster.yaml", again)
    program = "importer" if command.kind == IMPORTER else "driver"
    what = f"Kubeflow's {program} of " + (f"step {task.task!r}" if command.task else "the run")
    return Subject(what, f"the {program} in the deployment of Kubeflow Pipelines", again, again)


def _step(command: Command, task: str) -> str:
    """What the type of the execution is called where no step of Shipway's runs, as the runner calls it."""
    return (
        f"kubeflow.{command.kind}" if command.kind in (DRIVER, IMPORTER) and not command.task else f"container.{task}"
    )
