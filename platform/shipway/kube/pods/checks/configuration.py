"""A container that cannot be made: a Secret or a ConfigMap that is missing, an image that runs as root."""

from __future__ import annotations

import re

from shipway.kube.pods.facts import ContainerFacts, PodFacts
from shipway.kube.pods.finding import Finding

REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "PreCreateHookError", "PostStartHookError"})
MISSING = re.compile(r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found', re.I)
MISSING_KEY = re.compile(
    r"couldn't find key (?P<key>\S+) in (?P<kind>Secret|ConfigMap) (?:\S+/)?(?P<name>[^\s/]+)", re.I
)
ROOT = "runAsNonRoot"


def check(pod: PodFacts) -> Finding | None:
    for one in pod.containers:
        if one.state == "waiting" and one.reason in REASONS:
            cause, way_out = cause_of(pod, one.message) or _other(pod, one)
            return Finding(
                one.reason,
                f"cannot begin: container {one.name!r} of pod {pod.name!r} {cause}",
                way_out,
                is_final=False,
                since_ms=pod.created_ms,
                container=one.name,
            )
    return None


def cause_of(pod: PodFacts, message: str) -> tuple[str, str] | None:
    """What a message about a missing object says, and the way out; None for any other message."""
    key = MISSING_KEY.search(message)
    if key:
        kind, name, called = _kind(key["kind"]), key["name"], key["key"].strip("'\"")
        return (
            f"wants the key {called!r} of {kind} {name!r}, which has no such key",
            f"add it, whereupon the pod goes on by itself: kubectl edit {kind.lower()} {name} -n {pod.namespace}",
        )
    missing = MISSING.search(message)
    if missing:
        kind, name = _kind(missing["kind"]), missing["name"]
        made = f"secret generic {name}" if kind == "Secret" else f"configmap {name}"
        return (
            f"wants the {kind} {name!r}, which is not in namespace {pod.namespace!r}",
            f"make it, whereupon the pod goes on by itself: kubectl create {made} -n {pod.namespace}",
        )
    return None


def _other(pod: PodFacts, one: ContainerFacts) -> tuple[str, str]:
    if ROOT in one.message:
        return (
            f"may not run as root, and its image {one.image!r} would",
            f"give the image a USER, or correct the image of {pod.subject.settings}: {pod.subject.anew}",
        )
    return f"cannot be made ({one.message or one.reason})", f"look closer: kubectl describe pod {pod.place}"


def _kind(word: str) -> str:
    return "Secret" if word.lower() == "secret" else "ConfigMap"
