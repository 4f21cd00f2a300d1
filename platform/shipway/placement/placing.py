"""From a compiled pipeline and a cluster's settings to the pipeline that is uploaded."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.placement.compiled_tasks import CompiledTask, compiled_tasks, container_of, task_body
from shipway.placement.faults import PlacementFault, closest
from shipway.placement.images import SHORT_NAMES, is_floating, place_image
from shipway.placement.layers import Layers, check_names, layers_of
from shipway.placement.pods import place_pod, place_retries
from shipway.placement.resources import place_resources
from shipway.placement.scheduling import place_pod_on_nodes, pool_of
from shipway.placement.separating import separate
from shipway.placement.settings import ClusterSettings
from shipway.placement.variables import place_variables
from shipway.placement.volumes import place_volumes
from shipway.step.placed import AddedByPlacement, placer, write_record

KUBERNETES = "kubernetes"


class PlacedOtherwise(PlacementFault):
    """A pipeline that another cluster file has placed."""

    def __init__(self, pipeline: str, settings: ClusterSettings) -> None:
        super().__init__(
            f"The compiled pipeline {pipeline!r} was placed by another cluster file than {str(settings.path)!r}, or by "
            "an earlier version of it: compile it again from its source ('shipway compile ... --cluster-file FILE')."
        )


@dataclass(frozen=True)
class Placement:
    """A placed pipeline: its two documents, the tasks that become pods, and what a person should be told."""

    pipeline: dict[str, Any]
    platform: dict[str, Any]
    tasks: tuple[CompiledTask, ...]
    notes: tuple[str, ...] = ()

    @property
    def pods(self) -> Mapping[str, Any]:
        """What the platform spec says of each executor."""
        pods: Mapping[str, Any] = _executors(self.platform, KUBERNETES)
        return pods


def place(pipeline: Mapping[str, Any], platform: Mapping[str, Any] | None, settings: ClusterSettings) -> Placement:
    """Apply the settings to a compiled pipeline, which is left as it is. Raises `PlacementFault`.

    One that is placed already stays so; by other settings than these it is refused.
    """
    return _place(copy.deepcopy(dict(pipeline)), copy.deepcopy(dict(platform or {})), settings)


def _place(pipeline: dict[str, Any], platform: dict[str, Any], settings: ClusterSettings) -> Placement:
    name = pipeline.get("pipelineInfo", {}).get("name", "")
    tasks = compiled_tasks(pipeline)
    if (placed_by := placer(platform)) is not None:
        if settings.path is not None and placed_by != settings.digest:
            raise PlacedOtherwise(name, settings)
        return Placement(pipeline, platform, tuple(tasks))
    check_names(name, tasks, settings)
    pods = _executors(platform, KUBERNETES)
    layers = {task: layers_of(task, settings) for task in tasks}
    placed_tasks = separate(pipeline, pods, tasks, layers)
    added: dict[str, AddedByPlacement] = {}
    images: set[str] = set()
    for task, placed in zip(tasks, placed_tasks, strict=True):
        place_retries(task_body(pipeline, placed), layers[task])
        if placed.executor not in added:
            added[placed.executor] = _place_executor(pipeline, pods, placed, layers[task], settings, images)
    if settings.pipeline_root:
        pipeline["defaultPipelineRoot"] = settings.pipeline_root
    write_record(platform, settings.digest, added)
    notes = (*_slips(settings, images), *_floating(pipeline, placed_tasks))
    return Placement(pipeline, platform, tuple(placed_tasks), notes)


def _executors(platform: dict[str, Any], name: str) -> dict[str, Any]:
    """What a platform spec says of executors, made where it is missing."""
    of_platform = platform.setdefault("platforms", {}).setdefault(name, {})
    executors: dict[str, Any] = of_platform.setdefault("deploymentSpec", {}).setdefault("executors", {})
    return executors


def _place_executor(
    pipeline: dict[str, Any],
    pods: dict[str, Any],
    task: CompiledTask,
    layers: Layers,
    settings: ClusterSettings,
    images: set[str],
) -> AddedByPlacement:
    """Place one executor; the variables and folders that were added to it."""
    container, pod = container_of(pipeline, task.executor), pods.setdefault(task.executor, {})
    pool = pool_of(pod, task, layers, settings)
    images.update(place_image(container, layers, pool, settings))
    place_resources(container, task, layers, pool)
    place_pod_on_nodes(pod, pool)
    written, taken = place_variables(container, pod, layers, settings.metadata, task.is_own_step)
    mounts = place_volumes(pod, task.name, layers, settings.metadata, task.is_own_step)
    place_pod(pod, layers, settings)
    if not pod:
        del pods[task.executor]
    return AddedByPlacement(tuple(written), tuple(taken), tuple(mounts))


def _slips(settings: ClusterSettings, used: set[str]) -> tuple[str, ...]:
    """Names of images that look like a slip: no step uses them, and one of the platform's is nearly called so."""
    known = sorted({*SHORT_NAMES.values(), *used})
    slips = [name for name in settings.images if name not in known and closest(name, known)]
    return tuple(
        f"{settings.where(f'images.{name}')}: images.{name} is used by no step of this pipeline{closest(name, known)}."
        for name in slips
    )


def _floating(pipeline: dict[str, Any], tasks: list[CompiledTask]) -> tuple[str, ...]:
    """Images that are not the same every day; Kubeflow's cache, which goes by the reference, does not see it."""
    found = {str(container_of(pipeline, task.executor)["image"]): task.name for task in tasks}
    return tuple(
        f"Task {task!r} runs the image {image!r}, which may be another one tomorrow: give it a tag or a digest, in the "
        "pipeline or under images in the cluster file."
        for image, task in sorted(found.items())
        if is_floating(image)
    )
