"""What is known of one run: its workflow and its pods, and what was recorded of them already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from shipway.kube.runs import RunPod, Workflow
from shipway.lineage.live_runs import LiveRun, ToldOfRun


@dataclass
class RunState:
    """A run in one namespace. What is recorded is kept so that nothing is asked of the store twice."""

    namespace: str
    run_id: str
    workflow: Workflow | None = None
    pods: dict[str, RunPod] = field(default_factory=dict)
    """By uid, those that are gone too, until their run is settled."""

    events: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    """Keys of deaths that are recorded, or need not be."""

    told_live: LiveRun | None = None
    told_end: tuple[str, int] | None = None
    told: ToldOfRun | None = None
    """What the store said of the run before its end was recorded, until all is."""

    @property
    def is_ours(self) -> bool:
        """Whether a step of Shipway's is in it; other people's pipelines are none of our business."""
        if self.workflow is not None and self.workflow.has_steps:
            return True
        return any(pod.command is not None and pod.command.reference for pod in self.pods.values())

    @property
    def has_ended(self) -> bool:
        return self.workflow is not None and bool(self.workflow.state)

    @property
    def is_stopped(self) -> bool:
        return self.workflow is not None and self.workflow.is_stopped

    @property
    def end(self) -> tuple[str, int] | None:
        return (self.workflow.state, self.workflow.ended_ms) if self.workflow and self.workflow.state else None

    @property
    def pending(self) -> Iterator[RunPod]:
        """Pods that have not ended: time alone may make their state one to tell of."""
        return (pod for pod in self.pods.values() if not pod.has_ended and "deletionTimestamp" not in _metadata(pod))

    def pod_gone(self, uid: str, last: RunPod | None = None) -> None:
        """A pod is no longer there. One that had not ended was deleted, whether or not anybody saw it being so."""
        pod = last or self.pods.get(uid)
        if pod is None:
            return
        if pod.phase == "Succeeded" or uid in self.settled:
            self.pods.pop(uid, None)
            return
        metadata = _metadata(pod)
        if not pod.has_ended and "deletionTimestamp" not in metadata:
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            pod = replace(pod, content={**pod.content, "metadata": {**metadata, "deletionTimestamp": now}})
        self.pods[uid] = pod

    def forget_pods(self) -> None:
        """Let go of what a run that is over and recorded needs no more."""
        for uid in [uid for uid, pod in self.pods.items() if pod.has_ended or "deletionTimestamp" in _metadata(pod)]:
            self.settled.add(uid)
            self.pods[uid] = replace(self.pods[uid], content={})
        self.events.clear()


def _metadata(pod: RunPod) -> Mapping[str, Any]:
    return pod.content.get("metadata") or {}
