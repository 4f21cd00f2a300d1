"""A pod that its node would not take in: it was bound, and the kubelet found no room."""

from __future__ import annotations

from shipway.kube.pods.facts import PodFacts
from shipway.kube.pods.finding import Finding

REASONS = ("UnexpectedAdmissionError", "TopologyAffinityError", "PodOSNotSupported")


def check(pod: PodFacts) -> Finding | None:
    if not (pod.has_failed and (pod.reason in REASONS or pod.reason.startswith("OutOf"))):
        return None
    said = pod.reason, pod.message
    return Finding(
        pod.reason,
        f"was refused by its node: pod {pod.name!r} by node {pod.node!r} ({': '.join(filter(None, said))})",
        f"try again, on another node perhaps: {pod.subject.again}",
        is_final=True,
        since_ms=pod.ended_ms or pod.created_ms,
    )
