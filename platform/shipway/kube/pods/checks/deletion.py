"""A pod that somebody deleted before it had ended."""

from __future__ import annotations

from shipway.kube.pods.facts import PodFacts
from shipway.kube.pods.finding import Finding


def check(pod: PodFacts) -> Finding | None:
    if not pod.deleted_ms or pod.phase == "Succeeded":
        return None
    return Finding(
        "Deleted",
        f"was stopped: pod {pod.name!r} was deleted while it was {pod.phase.lower() or 'there'}",
        f"if nobody meant to, try again: {pod.subject.again}",
        is_final=True,
        since_ms=pod.ended_ms or pod.deleted_ms,
    )
