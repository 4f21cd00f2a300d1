"""A container that ended badly, without anybody saying why: by its exit code."""

from __future__ import annotations

import signal

from shipway.kube.pods.facts import ContainerFacts, PodFacts
from shipway.kube.pods.finding import Finding

MAIN_FIRST = ("main",)
KILLED, ENDED = 137, 143


def check(pod: PodFacts) -> Finding | None:
    if not pod.has_failed:
        return None
    failed = sorted((one for one in pod.containers if one.has_failed), key=lambda one: one.name not in MAIN_FIRST)
    if not failed:
        return Finding(
            pod.reason or "Failed",
            f"failed: pod {pod.name!r} ended without a word ({pod.message or pod.reason or 'no reason given'})",
            f"look closer: kubectl describe pod {pod.place}",
            is_final=True,
            since_ms=pod.ended_ms or pod.created_ms,
        )
    return _finding(pod, failed[0])


def _finding(pod: PodFacts, one: ContainerFacts) -> Finding:
    log = f"kubectl logs {pod.place} -c {one.name}"
    said = f", {one.message!r}" if one.message else ""
    return Finding(
        one.reason or "Error",
        f"failed: container {one.name!r} of pod {pod.name!r} ended with exit code {one.exit_code}{_meaning(one)}{said}",
        f"its log says more: {log}",
        is_final=True,
        since_ms=one.ended_ms,
        container=one.name,
    )


def _meaning(one: ContainerFacts) -> str:
    """What shells make of a signal: 128 and its number."""
    number = one.signal or (one.exit_code - 128 if 128 < one.exit_code < 128 + 65 else 0)
    if number == KILLED - 128:
        return " (SIGKILL: killed from outside, by its node for memory or at the end of its grace period)"
    if number == ENDED - 128:
        return " (SIGTERM: it was told to end)"
    try:
        return f" ({signal.Signals(number).name})" if number else ""
    except ValueError:
        return ""
