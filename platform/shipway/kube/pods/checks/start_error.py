"""A container whose program cannot be started."""

from __future__ import annotations

import re

from shipway.kube.pods.facts import PodFacts
from shipway.kube.pods.finding import Finding

REASONS = frozenset({"StartError", "ContainerCannotRun", "RunContainerError"})
NOISE = re.compile(r"^.*unable to start container process: (?:error during container init: )?")


def check(pod: PodFacts) -> Finding | None:
    for one in pod.containers:
        if one.reason in REASONS:
            why = NOISE.sub("", one.message).removesuffix(": unknown") or one.reason
            return Finding(
                one.reason,
                f"cannot be started: container {one.name!r} of pod {pod.name!r} with image {one.image!r} ({why})",
                f"correct the image or the command of {pod.subject.settings} and run it anew: {pod.subject.anew}",
                is_final=pod.has_failed,
                since_ms=one.ended_ms or pod.created_ms,
                container=one.name,
            )
    return None
