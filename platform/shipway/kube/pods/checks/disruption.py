"""A pod that was taken away while it ran: preempted, its node lost, drained or taken back by the cloud."""

from __future__ import annotations

from shipway.kube.pods.facts import PodFacts, moment_ms, one_line
from shipway.kube.pods.finding import Finding

CAUSES = {
    "PreemptionByScheduler": ("Preempted", "a pod of a higher priority needed its place"),
    "DeletionByTaintManager": ("NodeLost", "its node {node!r} stopped answering, or was tainted"),
    "EvictionByEvictionAPI": ("Drained", "its node {node!r} is being drained"),
    "DeletionByPodGC": ("NodeLost", "its node {node!r} is gone"),
    "TerminationByKubelet": ("NodeShutdown", "its node {node!r} shuts down or lacks resources"),
}
OF_POD = {
    "NodeLost": ("NodeLost", "its node {node!r} does not answer"),
    "Preempting": ("Preempted", "a critical pod needed its place"),
    "Shutdown": ("NodeShutdown", "its node {node!r} shuts down"),
    "Terminated": ("NodeShutdown", "its node {node!r} shuts down"),
    "NodeShutdown": ("NodeShutdown", "its node {node!r} shuts down"),
    "NodeAffinity": ("NodeAffinity", "its node {node!r} no longer fits its node selector"),
}


def check(pod: PodFacts) -> Finding | None:
    condition = pod.conditions.get("DisruptionTarget", {})
    is_disrupted = condition.get("status") == "True"
    known = CAUSES.get(str(condition.get("reason"))) if is_disrupted else None
    known = known or OF_POD.get(pod.reason)
    if known is None and is_disrupted:
        known = "Disrupted", one_line(condition.get("message")) or "the cluster wanted its place"
    if known is None:
        return None
    reason, cause = known
    return Finding(
        reason,
        f"was interrupted: pod {pod.name!r} was taken away because {cause.format(node=pod.node)}",
        f"nothing is wrong with the step, try again: {pod.subject.again}",
        is_final=pod.has_failed or bool(pod.deleted_ms) or pod.reason in OF_POD,
        since_ms=pod.ended_ms or moment_ms(condition.get("lastTransitionTime")),
    )
