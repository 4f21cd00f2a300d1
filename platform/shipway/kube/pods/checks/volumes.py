"""A volume that cannot be mounted or attached: it stands in events alone."""

from __future__ import annotations

import re

from shipway.kube.pods.checks.configuration import cause_of
from shipway.kube.pods.facts import PENDING, PodFacts, one_line
from shipway.kube.pods.finding import Finding

REASONS = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
SANDBOX = "FailedCreatePodSandBox"
VOLUME = re.compile(r'volume "(?P<volume>[^"]+)"')


def check(pod: PodFacts) -> Finding | None:
    if pod.phase != PENDING or any(
        one.state in ("running", "terminated") for one in pod.containers if one.name == "main"
    ):
        return None
    events = [one for one in pod.events if one.get("reason") in (*REASONS, SANDBOX)]
    if not events:
        return None
    reason, message = str(events[-1]["reason"]), one_line(events[-1].get("message"))
    if reason == SANDBOX:
        says = f"cannot begin: its node {pod.node!r} cannot make the sandbox of pod {pod.name!r} ({message})"
        way_out = f"look at the node: kubectl describe node {pod.node}"
    else:
        says, way_out = _of_volume(pod, message)
    return Finding(reason, says, way_out, is_final=False, since_ms=pod.created_ms)


def _of_volume(pod: PodFacts, message: str) -> tuple[str, str]:
    found = VOLUME.search(message)
    volume = f"volume {found['volume']!r}" if found else "a volume"
    missing = cause_of(pod, message)
    if missing:
        return f"cannot begin: {volume} of pod {pod.name!r} {missing[0]}", missing[1]
    if "Multi-Attach" in message:
        cause = f"{volume} of pod {pod.name!r} is still attached to another node ({message})"
        return f"waits for its volume: {cause}", f"see who uses it: kubectl describe pod {pod.place}"
    return (
        f"waits for its volume: {volume} of pod {pod.name!r} cannot be mounted ({message})",
        f"correct the volumes of {pod.subject.settings}, or look closer: kubectl describe pod {pod.place}",
    )
