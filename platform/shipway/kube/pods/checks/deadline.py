"""A pod that took longer than it was given."""

from __future__ import annotations

from shipway.kube.pods.facts import PodFacts
from shipway.kube.pods.finding import Finding

REASON = "DeadlineExceeded"


def check(pod: PodFacts) -> Finding | None:
    if pod.reason != REASON:
        return None
    return Finding(
        REASON,
        f"took longer than it may: pod {pod.name!r} was stopped at its deadline",
        f"raise the timeout of {pod.subject.settings} and run it anew: {pod.subject.anew}",
        is_final=True,
        since_ms=pod.ended_ms,
    )
