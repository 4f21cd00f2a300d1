"""A pod of a run: of a step, of the driver before it, or of an importer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.kube.pods.facts import moment_ms
from shipway.kube.runs.command import Command, command_of

RUN_LABEL = "pipeline/runid"
NODE_ID = "workflows.argoproj.io/node-id"
ENDED = frozenset({"Succeeded", "Failed"})
NOT_TOLD = frozenset({"managedFields"})


@dataclass(frozen=True)
class RunPod:
    """`content` is the pod's JSON; of one that succeeded nothing is kept of it."""

    uid: str
    name: str
    namespace: str
    run_id: str
    node_id: str
    phase: str
    began_ms: int
    command: Command | None
    content: Mapping[str, Any]

    @property
    def has_ended(self) -> bool:
        return self.phase in ENDED


def read_pod(pod: Mapping[str, Any]) -> RunPod | None:
    """A pod of a run, out of its JSON; None for a pod of no run."""
    metadata = pod.get("metadata") or {}
    run_id = (metadata.get("labels") or {}).get(RUN_LABEL, "")
    if not run_id:
        return None
    status = pod.get("status") or {}
    phase = str(status.get("phase", ""))
    return RunPod(
        uid=str(metadata.get("uid", "")),
        name=str(metadata.get("name", "")),
        namespace=str(metadata.get("namespace", "")),
        run_id=run_id,
        node_id=str((metadata.get("annotations") or {}).get(NODE_ID, "")),
        phase=phase,
        began_ms=moment_ms(status.get("startTime")) or moment_ms(metadata.get("creationTimestamp")),
        command=_command(pod),
        content={} if phase == "Succeeded" else _trimmed(pod),
    )


def _command(pod: Mapping[str, Any]) -> Command | None:
    for container in (pod.get("spec") or {}).get("containers") or []:
        if found := command_of([*(container.get("command") or []), *(container.get("args") or [])]):
            return found
    return None


def _trimmed(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The pod without what is large and tells nothing of its state: commands hold whole executor inputs."""
    spec = dict(pod.get("spec") or {})
    for kind in ("initContainers", "containers"):
        spec[kind] = [
            {name: one[name] for name in ("name", "image", "resources") if name in one} for one in spec.get(kind) or []
        ]
    metadata = {name: value for name, value in (pod.get("metadata") or {}).items() if name not in NOT_TOLD}
    return {"metadata": metadata, "spec": spec, "status": pod.get("status") or {}}
