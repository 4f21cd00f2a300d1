"""A container that used more memory than its limit."""

from __future__ import annotations

from shipway.kube.pods.facts import PodFacts
from shipway.kube.pods.finding import Finding

REASON = "OOMKilled"


def check(pod: PodFacts) -> Finding | None:
    """The reason stands at the container also where the kernel killed a process that it had started."""
    for one in pod.containers:
        if one.state == "terminated" and one.reason == REASON:
            limit = one.limits.get("memory")
            at = f"at its memory limit of {limit}" if limit else "without a memory limit of its own, by its node's"
            return Finding(
                REASON,
                f"ran out of memory: container {one.name!r} of pod {pod.name!r} was killed {at} (OOMKilled)",
                f"raise the memory of {pod.subject.settings}, upload that and run it anew: {pod.subject.anew}",
                is_final=pod.has_failed,
                since_ms=one.ended_ms,
                container=one.name,
            )
    return None
