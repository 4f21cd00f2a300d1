"""Tasks may share a component and an executor; those that are given different things get their own here."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shipway.placement.compiled_tasks import CompiledTask, task_body
from shipway.placement.layers import Layers


def separate(
    pipeline: dict[str, Any], pods: dict[str, Any], tasks: list[CompiledTask], layers: Mapping[CompiledTask, Layers]
) -> list[CompiledTask]:
    """Clone components and executors until no executor is given two things; the tasks as they are then.

    `pods` is what the platform spec says of each executor. Both documents are changed in place.
    """
    owner: dict[str, tuple[str, str]] = {}
    clones: dict[tuple[str, tuple[str, str]], CompiledTask] = {}
    found = []
    for task in tasks:
        key = layers[task].key
        if owner.setdefault(task.executor, key) == key:
            found.append(task)
            continue
        same = (task.component, key)
        if same not in clones:
            clones[same] = _clone(pipeline, pods, task)
        component, executor = clones[same].component, clones[same].executor
        task_body(pipeline, task)["componentRef"]["name"] = component
        found.append(replace(task, component=component, executor=executor))
    return found


def _clone(pipeline: dict[str, Any], pods: dict[str, Any], task: CompiledTask) -> CompiledTask:
    components, executors = pipeline["components"], pipeline["deploymentSpec"]["executors"]
    number = 2
    while f"{task.component}-{number}" in components or f"{task.executor}-{number}" in executors:
        number += 1
    clone = replace(task, component=f"{task.component}-{number}", executor=f"{task.executor}-{number}")
    components[clone.component] = {**copy.deepcopy(components[task.component]), "executorLabel": clone.executor}
    executors[clone.executor] = copy.deepcopy(executors[task.executor])
    if task.executor in pods:
        pods[clone.executor] = copy.deepcopy(pods[task.executor])
    return clone
