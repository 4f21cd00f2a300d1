"""What each task of a placed pipeline gets, in words, read off the documents that are uploaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.placement.compiled_tasks import CompiledTask, container_of, task_body
from shipway.placement.placing import Placement
from shipway.placement.resources import KINDS, SHARES, read_accelerator_of, read_share
from shipway.placement.variables import KINDS as KEY_KINDS
from shipway.placement.volumes import declared_folders


@dataclass(frozen=True)
class TaskFacts:
    """One task, and what it gets as pairs of a name and a value; `within` is the loop, branch or pipeline around it."""

    task: str
    step: str
    within: str
    facts: tuple[tuple[str, str], ...]


def explain(placement: Placement) -> list[TaskFacts]:
    """Every task that becomes a pod, in the order of the pipeline file; what a task does not get is left out."""
    return [_facts(placement, task) for task in placement.tasks]


def _facts(placement: Placement, task: CompiledTask) -> TaskFacts:
    container = container_of(placement.pipeline, task.executor)
    pod = placement.pods.get(task.executor, {})
    pairs = {
        "image": " ".join(filter(None, [str(container.get("image", "")), pod.get("imagePullPolicy", "")])),
        "resources": ", ".join(_resources(container.get("resources") or {})),
        "nodes": ", ".join(_nodes(pod)),
        "retries": _retries(task_body(placement.pipeline, task).get("retryPolicy") or {}),
        "timeout": f"{pod['activeDeadlineSeconds']} s" if pod.get("activeDeadlineSeconds") else "",
        "variables": "; ".join(_variables(container, pod)),
        "folders": ", ".join(f"{folder} ({name})" if name else folder for folder, name in declared_folders(pod)),
        "labels": _tags(pod, "labels"),
        "annotations": _tags(pod, "annotations"),
    }
    within = "" if task.dag == "root" else task.dag.removeprefix("comp-")
    return TaskFacts(task.name, task.step, within, tuple((name, text) for name, text in pairs.items() if text))


def _resources(resources: Mapping[str, Any]) -> Iterator[str]:
    for kind in KINDS:
        for share in SHARES:
            if text := read_share(dict(resources), kind, share):
                yield f"{kind} {'request' if share else 'limit'} {text}"
    name, count = read_accelerator_of(dict(resources))
    if name:
        yield f"{count} {name}"


def _nodes(pod: Mapping[str, Any]) -> Iterator[str]:
    for key, value in sorted(((pod.get("nodeSelector") or {}).get("labels") or {}).items()):
        yield f"{key}={value}"
    for one in pod.get("tolerations") or ():
        value = f"={one['value']}" if one.get("value") else ""
        yield f"tolerates {one.get('key', 'everything')}{value}{':' + one['effect'] if one.get('effect') else ''}"


def _retries(policy: Mapping[str, Any]) -> str:
    return f"{policy['maxRetryCount']}" if policy.get("maxRetryCount") else ""


def _variables(container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    """Names alone: what is in a variable is nobody's business on a screen."""
    if written := sorted(variable["name"] for variable in container.get("env") or ()):
        yield ", ".join(written)
    for kind, (field, name_field, _) in KEY_KINDS.items():
        for entry in pod.get(field) or ():
            names = ", ".join(pair.get("envVar", "") for pair in entry.get("keyToEnv") or ())
            yield f"{names} from the {kind} {entry.get(name_field, '')}"


def _tags(pod: Mapping[str, Any], kind: str) -> str:
    tags = (pod.get("podMetadata") or {}).get(kind) or {}
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items()))
