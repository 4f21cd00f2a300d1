"""Steps that died: their pods failed or were taken away, or were never let in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shipway.kube.pods import verdict_of
from shipway.kube.runs import Node, RunPod
from shipway.kube.runs.command import STEP
from shipway.lineage import TaskIdentity
from shipway.watcher.run_state import RunState
from shipway.watcher.tasks import identity_of, subject_of

UNSUCCESSFUL = frozenset({"Failed", "Error"})


@dataclass(frozen=True)
class Death:
    """A try of a task that ended without success. `key` tells it from every other one, also for other watchers."""

    key: str
    task: TaskIdentity
    pod_name: str
    reason: str
    sentence: str
    began_ms: int
    ended_ms: int
    is_step: bool
    """Whether it is the step's own pod, not the driver's before it."""


def deaths(run: RunState) -> Iterator[Death]:
    """The deaths of a run that are not settled yet, in the order in which they happened."""
    found = [*_of_pods(run), *_of_nodes(run)]
    return iter(sorted(found, key=lambda one: (one.ended_ms, one.key)))


def _of_pods(run: RunState) -> Iterator[Death]:
    for pod in run.pods.values():
        if pod.uid not in run.settled and pod.command is not None and (death := _of_pod(pod)):
            yield death


def _of_pod(pod: RunPod) -> Death | None:
    assert pod.command is not None
    task = identity_of(pod.command, f"{pod.namespace}/{pod.name}")
    if task is None or not pod.content:
        return None
    verdict = verdict_of(pod.content, subject_of(pod.command, task))
    if verdict is None or not verdict.is_final:
        return None
    ended_ms = max(verdict.since_ms, pod.began_ms)
    is_step = pod.command.kind == STEP
    return Death(pod.uid, task, pod.name, verdict.reason, verdict.sentence, pod.began_ms, ended_ms, is_step)


def _of_nodes(run: RunState) -> Iterator[Death]:
    """Pods that nobody here has seen: admission refused them, or they are gone since; Argo has a word on each."""
    if run.workflow is None:
        return
    seen = {pod.node_id for pod in run.pods.values()}
    for node in run.workflow.nodes:
        key = f"{node.id}@{node.began_ms}"
        if node.phase in UNSUCCESSFUL and node.id not in seen and key not in run.settled and node.command is not None:
            task = identity_of(node.command, f"{run.namespace}/{node.pod_name}")
            if task is not None:
                reason, sentence = _told_by(run, node, task)
                is_step = node.command.kind == STEP
                yield Death(key, task, node.pod_name, reason, sentence, node.began_ms, node.ended_ms, is_step)


def _told_by(run: RunState, node: Node, task: TaskIdentity) -> tuple[str, str]:
    """One word, and the sentence."""
    assert node.command is not None
    subject = subject_of(node.command, task)
    what = f"{subject.what[:1].upper()}{subject.what[1:]}"
    said = node.message or "no reason given"
    if "forbidden" in said:
        closer = f"kubectl describe {'resourcequota' if 'quota' in said else 'namespace'} -n {run.namespace}"
        return "Forbidden", (
            f"{what} was not let into the cluster: pod {node.pod_name!r} was refused ({said}); correct "
            f"{subject.settings}, or ask who set the limit: {closer}."
        )
    return "Gone", (
        f"{what} failed, and its pod {node.pod_name!r} is gone; what Argo says of it is {said!r}: try again, "
        f"{subject.again}."
    )
