"""An image that cannot be pulled."""

from __future__ import annotations

import re

from shipway.kube.pods.facts import ContainerFacts, PodFacts
from shipway.kube.pods.finding import Finding

PULLING = frozenset({"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ImageInspectError"})
NEVER = frozenset({"InvalidImageName", "ErrImageNeverPull"})
NOISE = re.compile(
    r'^(?:Back-off pulling image "[^"]*": )?(?:(?:ErrImagePull|rpc error: code = \w+ desc|Failed to pull image "[^"]*")'
    r'(?:: | = ))*(?:failed to pull and unpack image "[^"]*": )?(?:failed to resolve reference "[^"]*": )?'
    r"(?:failed to resolve image: )?(?:failed to do request: )?"
)
"""What stands before the reason: each layer names the image once more."""


def check(pod: PodFacts) -> Finding | None:
    for one in pod.containers:
        if one.state == "waiting" and one.reason in PULLING | NEVER:
            return _finding(pod, one)
    return None


def _finding(pod: PodFacts, one: ContainerFacts) -> Finding:
    why = NOISE.sub("", one.message) or one.reason
    return Finding(
        one.reason,
        f"waits for its image: {one.image!r} of container {one.name!r} of pod {pod.name!r} cannot be pulled ({why})",
        _way_out(pod, one, why),
        is_final=False,
        since_ms=pod.created_ms,
        container=one.name,
    )


def _way_out(pod: PodFacts, one: ContainerFacts, why: str) -> str:
    correct = f"correct the image of {pod.subject.settings} and run it anew: {pod.subject.anew}"
    text = why.lower()
    if one.reason == "InvalidImageName":
        return correct
    if any(word in text for word in ("unauthorized", "denied", "forbidden", "no basic auth")):
        return (
            f"give the registry's password to the service account (kubectl patch serviceaccount -n {pod.namespace}, "
            f"imagePullSecrets), or {correct}"
        )
    if "no such host" in text or "i/o timeout" in text or "connection refused" in text:
        return f"see whether its nodes reach the registry (kubectl describe pod {pod.place}), or {correct}"
    return f"push the image, whereupon the pod goes on by itself (kubectl get pod {pod.place}), or {correct}"
