"""What else the platform spec says of a task's pod, and the retries of the task itself."""

from __future__ import annotations

from typing import Any

from shipway.placement.layers import Layers
from shipway.placement.settings import ClusterSettings, Retries


def place_pod(pod: dict[str, Any], layers: Layers, settings: ClusterSettings) -> None:
    """Labels, annotations, how images are pulled, and the time a pod may take."""
    _place_tags(pod, layers)
    own, defaults = layers.merged, layers.defaults
    if policy := own.image_pull_policy or pod.get("imagePullPolicy") or defaults.image_pull_policy:
        pod["imagePullPolicy"] = policy
    if timeout := own.timeout or pod.get("activeDeadlineSeconds") or defaults.timeout:
        pod["activeDeadlineSeconds"] = str(timeout)
    present = list(pod.get("imagePullSecret") or ())
    known = {one.get("secretName") for one in present}
    wanted = [_pull_secret(name) for name in settings.image_pull_secrets if name not in known]
    if present or wanted:
        pod["imagePullSecret"] = present + wanted


def place_retries(task: dict[str, Any], layers: Layers) -> None:
    """The task's retry policy."""
    retries = layers.merged.retries
    if retries is None and "retryPolicy" not in task:
        retries = layers.defaults.retries
    if retries is None:
        return
    task.pop("retryPolicy", None)
    if retries.count:
        task["retryPolicy"] = _policy(retries)


def _policy(retries: Retries) -> dict[str, Any]:
    return {
        "backoffDuration": f"{retries.pause}s",
        "backoffFactor": retries.factor,
        "backoffMaxDuration": f"{retries.window}s",
        "maxRetryCount": retries.count,
    }


def _place_tags(pod: dict[str, Any], layers: Layers) -> None:
    metadata = dict(pod.get("podMetadata") or {})
    for name in ("labels", "annotations"):
        own, defaults = getattr(layers.merged, name), getattr(layers.defaults, name)
        tags = {**defaults, **(metadata.get(name) or {}), **own}
        if tags:
            metadata[name] = tags
    if metadata:
        pod["podMetadata"] = metadata


def _pull_secret(name: str) -> dict[str, Any]:
    return {"secretName": name, "secretNameParameter": {"runtimeValue": {"constant": name}}}
