"""A run of a cluster as the local runner tells of its own, so that the same reports and scripts serve for both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shipway.cli.cluster.explaining import Explanations, recorded_executions
from shipway.kube.pipelines.connection import PipelinesApi
from shipway.kube.pipelines.records import FAILED, ClusterRun, ClusterTask
from shipway.kube.pipelines.watching import read_run
from shipway.lineage import RecordedArtifact, RecordedExecution
from shipway.runner import RunResult, TaskResult
from shipway.runner.outputs import ArtifactValue, Values
from shipway.settings import Settings

DONE = frozenset({"COMPLETE", "CACHED"})


@dataclass(frozen=True)
class Explained:
    """A run, and its result with a sentence for each step that needs one."""

    run: ClusterRun
    result: RunResult


def explained_run(api: PipelinesApi, settings: Settings, text: str) -> Explained:
    """A run by what a person calls it, with all that lineage and Kubernetes say of it."""
    run, tasks = read_run(api, text)
    return explain(api, settings, run, tasks)


def explain(api: PipelinesApi, settings: Settings, run: ClusterRun, tasks: Sequence[ClusterTask]) -> Explained:
    recorded = recorded_executions(settings.metadata, run.run_id)
    explanations = Explanations(api, run, api.address.kfp_namespace, recorded)
    told = [_task(task, explanations.sentence(task), recorded) for task in tasks]
    failed = next((task for task in told if task.state == FAILED), None)
    result = RunResult(
        run_id=run.run_id,
        pipeline=run.pipeline,
        state=run.state,
        seconds=run.seconds,
        tasks=told,
        parameters=dict(run.parameters),
        started=run.started,
        sentence=f"Task {failed.name!r} failed: {failed.sentence}" if failed else run.sentence,
    )
    return Explained(run, result)


def _task(task: ClusterTask, sentence: str, recorded: Iterable[RecordedExecution]) -> TaskResult:
    own = _execution(task, recorded)
    outputs = {key: [_artifact(one, task.name) for one in listed] for key, listed in own.outputs.items()} if own else {}
    return TaskResult(
        name=task.name,
        state=task.state,
        cached=task.cached,
        seconds=task.seconds,
        sentence=sentence,
        step=own.step if own else "",
        attempts=len(task.pods),
        outputs=Values(artifacts=outputs),
    )


def _execution(task: ClusterTask, recorded: Iterable[RecordedExecution]) -> RecordedExecution | None:
    """The record of the task's last attempt that came to an end with results."""
    pods = {pod.name for pod in task.pods}
    done = [one for one in recorded if one.task == task.key and one.state in DONE]
    own = [one for one in done if one.pod_name in pods] or [one for one in done if not one.pod_name]
    return own[-1] if own else None


def _artifact(found: RecordedArtifact, producer: str) -> ArtifactValue:
    return ArtifactValue(
        found.type_name, "", found.uri, found.metadata, digest=found.digest, name=found.name, producer=producer
    )
