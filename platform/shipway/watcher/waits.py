"""Steps that cannot begin, or go on: no image, no node, a Secret that is missing, no room in a quota."""

from __future__ import annotations

from collections.abc import Iterator

from shipway.kube.pods import verdict_of
from shipway.lineage.live_runs import Waiting
from shipway.watcher.run_state import RunState
from shipway.watcher.tasks import identity_of, subject_of

PATIENCE_MS = 60_000
"""Waiting for a node or a volume is normal for so long, when a pool grows."""

SHORT_PATIENCE_MS = 5_000
LASTING = frozenset({"FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "Unschedulable"})
MOST_TOLD = 50
PENDING = "Pending"


def waits(run: RunState, now_ms: int) -> tuple[Waiting, ...]:
    """What a run waits for, each with its sentence, by task and time."""
    found = sorted([*_of_pods(run, now_ms), *_of_nodes(run, now_ms)], key=lambda one: (one.since_ms, one.task))
    return tuple(found[:MOST_TOLD])


def _of_pods(run: RunState, now_ms: int) -> Iterator[Waiting]:
    for pod in run.pending:
        task = identity_of(pod.command, f"{pod.namespace}/{pod.name}") if pod.command else None
        if pod.command is None or task is None:
            continue
        verdict = verdict_of(pod.content, subject_of(pod.command, task), run.events.get(pod.uid, ()))
        if verdict is None or verdict.is_final:
            continue
        patience_ms = PATIENCE_MS if verdict.reason in LASTING else SHORT_PATIENCE_MS
        if now_ms - verdict.since_ms >= patience_ms:
            yield Waiting(task.task, verdict.sentence, verdict.since_ms)


def _of_nodes(run: RunState, now_ms: int) -> Iterator[Waiting]:
    """Pods that Argo cannot make yet: a quota that is used up is tried again until there is room."""
    seen = {pod.node_id for pod in run.pods.values()}
    for node in run.workflow.nodes if run.workflow else ():
        if node.phase != PENDING or not node.message or node.id in seen or node.command is None:
            continue
        task = identity_of(node.command, f"{run.namespace}/{node.pod_name}")
        if task is None or now_ms - node.began_ms < PATIENCE_MS:
            continue
        what = subject_of(node.command, task).what
        sentence = (
            f"{what[:1].upper()}{what[1:]} waits to be let into the cluster: its pod {node.pod_name!r} cannot be made "
            f"({node.message}); wait for others to end, or have it raised: kubectl describe resourcequota "
            f"-n {run.namespace}."
        )
        yield Waiting(task.task, sentence, node.began_ms)
