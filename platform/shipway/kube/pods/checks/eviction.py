"""A pod that its node put out: a full disk or volume, memory that the node itself lacks."""

from __future__ import annotations

import re

from shipway.kube.pods.facts import PodFacts
from shipway.kube.pods.finding import Finding

EVICTED = "Evicted"
EMPTY_DIR = re.compile(r'EmptyDir volume "(?P<volume>[^"]+)" exceeds the (?:total )?limit "(?P<limit>[^"]+)"')
LOW = re.compile(r"low on resource: (?P<resource>[a-z-]+)")
DISK = ("ephemeral-storage", "ephemeral local storage", "nodefs", "imagefs", "inodes")


def check(pod: PodFacts) -> Finding | None:
    if pod.reason != EVICTED:
        return None
    cause, way_out = _cause(pod)
    return Finding(
        EVICTED,
        f"was put out by its node: pod {pod.name!r} on node {pod.node!r} was evicted because {cause}",
        way_out,
        is_final=True,
        since_ms=pod.ended_ms,
    )


def _cause(pod: PodFacts) -> tuple[str, str]:
    settings, anew = pod.subject.settings, f"and run it anew: {pod.subject.anew}"
    full = EMPTY_DIR.search(pod.message)
    if full:
        return (
            f"its volume {full['volume']!r} is full, at its limit of {full['limit']}",
            f"raise the size of volume {full['volume']!r} of {settings}, or write less there, {anew}",
        )
    low = LOW.search(pod.message)
    if any(word in pod.message for word in DISK):
        limits = {
            one.name: one.limits["ephemeral-storage"] for one in pod.containers if "ephemeral-storage" in one.limits
        }
        at = f", limits: {', '.join(f'{name} {limit}' for name, limit in limits.items())}" if limits else ""
        whose = "the node's disk is full" if low else "it wrote too much to its local disk"
        return f"{whose} ({pod.message}{at})", f"raise the ephemeral storage of {settings}, {anew}"
    if low and low["resource"] == "memory":
        return (
            f"the node ran out of memory ({pod.message})",
            f"let the memory that {settings} asks for be what it uses, {anew}",
        )
    return pod.message or "its node said no more", f"try again: {pod.subject.again}"
