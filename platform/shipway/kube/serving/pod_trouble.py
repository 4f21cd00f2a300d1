"""Why a model's pod does not get ready, read from the pod's own status: no rights to logs or events are needed.

KServe lets the storage initializer's last words into its status, and Shipway's runtime the model server's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

STORAGE = "storage-initializer"
CANNOT_PULL = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
TRIED_AGAIN = frozenset({"ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CrashLoopBackOff"})
LONGEST_QUOTE = 400
SEVERITY = re.compile(r"^(Error|[\w.]*(Error|Exception|Fault|Denied)): ")


@dataclass(frozen=True)
class Trouble:
    """What is wrong, what to do about it, and whether waiting longer is of no use."""

    text: str
    advice: str
    is_final: bool = False


def pod_trouble(pod: Mapping[str, Any]) -> Trouble | None:
    """The first thing that keeps the pod from being ready; None while it is merely starting."""
    status = pod.get("status", {})
    name = pod["metadata"]["name"]
    if status.get("reason") == "Evicted":
        return Trouble(f"pod {name} was evicted ({_short(status.get('message'))})", "Give the node room and run again.")
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return _unschedulable(pod, str(condition.get("message", "")))
    for container, limits in _containers(pod):
        trouble = _container_trouble(name, container, limits, pod)
        if trouble is not None:
            return trouble
    return None


def _containers(pod: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The status of each container, those that run first before the others, with its limits."""
    spec, status = pod.get("spec", {}), pod.get("status", {})
    every = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    limits = {one["name"]: (one.get("resources") or {}).get("limits") or {} for one in every}
    for one in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        yield one, limits.get(one["name"], {})


def _container_trouble(
    pod_name: str, container: Mapping[str, Any], limits: Mapping[str, Any], pod: Mapping[str, Any]
) -> Trouble | None:
    name = container["name"]
    waiting = (container.get("state") or {}).get("waiting") or {}
    reason = waiting.get("reason", "")
    is_final = reason in TRIED_AGAIN or int(container.get("restartCount", 0)) > 0
    if reason in CANNOT_PULL:
        why = f"the image {container.get('image')!r} cannot be pulled ({reason}: {_short(waiting.get('message'))})"
        advice = "Push that image, or give the service account the registry's imagePullSecrets, and run again."
        return Trouble(why, advice, is_final)
    if reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
        why = f"the container {name!r} of pod {pod_name} cannot be made ({reason}: {_short(waiting.get('message'))})"
        return Trouble(why, "Mend what it names and run again.")
    ended = _ended(container)
    if ended is None:
        return None
    if ended.get("reason") == "OOMKilled":
        limit = limits.get("memory", "no limit")
        why = f"the container {name!r} was killed for taking more memory than its limit of {limit} (OOMKilled)"
        return Trouble(why, "Give it more: 'resources' has requests and limits.", is_final)
    if name == STORAGE:
        return _storage_trouble(pod, ended, is_final)
    words = last_words(ended.get("message"))
    why = f"the model server ended with exit code {ended.get('exitCode')}"
    return Trouble(f"{why}: {words}" if words else why, "Mend the model or push another one.", is_final)


def _ended(container: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """How the container ended last, if it did and badly."""
    for state in (container.get("state") or {}, container.get("lastState") or {}):
        ended = state.get("terminated")
        if ended and int(ended.get("exitCode", 0)) != 0:
            return ended
    return None


def _storage_trouble(pod: Mapping[str, Any], ended: Mapping[str, Any], is_final: bool) -> Trouble:
    inits = [one for one in pod["spec"].get("initContainers") or [] if one["name"] == STORAGE]
    source = next((argument for one in inits for argument in one.get("args") or []), "the model")
    account = pod["spec"].get("serviceAccountName") or "default"
    words = last_words(ended.get("message")) or f"exit code {ended.get('exitCode')}"
    advice = (
        f"KServe reads with the Secrets of the service account {account!r}: name one whose Secret may read there as "
        "'service_account', see 'kubectl get serviceaccount -o yaml'."
    )
    return Trouble(f"KServe cannot fetch {source!r} ({words})", advice, is_final)


def _unschedulable(pod: Mapping[str, Any], message: str) -> Trouble:
    spec = pod.get("spec", {})
    selector = ", ".join(f"{key}={value}" for key, value in sorted((spec.get("nodeSelector") or {}).items()))
    asked = [
        f"{key}={value}"
        for one in spec.get("containers") or []
        for key, value in sorted(((one.get("resources") or {}).get("requests") or {}).items())
    ]
    wants = "; ".join(
        part
        for part in (f"it selects nodes with {selector}" if selector else "", f"it requests {', '.join(asked)}")
        if part and not part.endswith(" ")
    )
    return Trouble(
        f"no node takes pod {pod['metadata']['name']} ({_short(message)}; {wants})",
        "Ask for less with 'resources', or add such a node: 'kubectl get nodes --show-labels' shows those there.",
    )


def last_words(message: object) -> str:
    """Of the last lines of a log the one that says what went wrong: an error's, else the last."""
    lines = [line.strip() for line in str(message or "").splitlines() if line.strip()]
    telling = [line for line in lines if SEVERITY.match(line)]
    return _short((telling or lines or [""])[-1]).removeprefix("Error: ").rstrip(".")


def _short(message: object) -> str:
    text = " ".join(str(message or "no reason is given").split())
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
