"""Which settings reach a task. What `defaults` say yields to the pipeline; what `steps` and `tasks` say does not."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.metadata import entry_points
from typing import Any

from shipway.placement.compiled_tasks import CompiledTask, normal
from shipway.placement.faults import PlacementFault, closest
from shipway.placement.settings import ClusterSettings, StepSettings

STEPS_GROUP = "shipway.steps"


class UnknownTask(PlacementFault):
    """An entry of `tasks` that no task of the pipeline is called."""

    def __init__(self, where: str, pipeline: str, name: str, known: list[str]) -> None:
        super().__init__(
            f"{where}: tasks.{name} is no task of the pipeline {pipeline!r}{closest(normal(name), known)}: its tasks "
            f"are {', '.join(known)}."
        )


class UnknownStep(PlacementFault):
    """An entry of `steps` that is no step of the pipeline, and none that is installed."""

    def __init__(self, where: str, pipeline: str, name: str, used: list[str], installed: list[str]) -> None:
        hint = closest(normal(name), used) or closest(normal(name), installed)
        super().__init__(
            f"{where}: steps.{name} is no step{hint}: those of the pipeline {pipeline!r} are {', '.join(used)}."
        )


@dataclass(frozen=True)
class Layers:
    """What reaches one task: `defaults` fill in what the pipeline leaves open, `own` replaces what it says.

    `key` is the same for tasks that are given the same.
    """

    defaults: StepSettings
    own: tuple[StepSettings, ...]
    key: tuple[str, str]

    @property
    def merged(self) -> StepSettings:
        """The entries of `steps` and `tasks` as one."""
        whole = StepSettings()
        for settings in self.own:
            whole = merged(whole, settings)
        return whole


def layers_of(task: CompiledTask, settings: ClusterSettings) -> Layers:
    steps = {normal(name): name for name in settings.steps}
    tasks = {normal(name): name for name in settings.tasks}
    step, one = steps.get(task.step, ""), tasks.get(normal(task.name), "")
    own = [settings.steps[step]] if step else []
    own += [settings.tasks[one]] if one else []
    return Layers(settings.defaults, tuple(own), (step, one))


def merged(below: StepSettings, above: StepSettings) -> StepSettings:
    """`above` where it says something, `below` elsewhere; variables, volumes and their like one by one."""
    values: dict[str, Any] = {}
    for field in fields(StepSettings):
        low, high = getattr(below, field.name), getattr(above, field.name)
        if isinstance(low, Mapping):
            values[field.name] = {**low, **high}
        else:
            values[field.name] = low if high in ("", None) else high
    return StepSettings(**values)


def check_names(pipeline: str, tasks: list[CompiledTask], settings: ClusterSettings) -> None:
    """Every entry of `tasks` names a task, every entry of `steps` a step of the pipeline or one that is installed.

    One file serves many pipelines, of which not each has every step. Raises `UnknownTask`, `UnknownStep`.
    """
    known = sorted({task.name for task in tasks})
    for name in settings.tasks:
        if normal(name) not in known:
            raise UnknownTask(settings.where(f"tasks.{name}"), pipeline, name, known)
    used = sorted({task.step for task in tasks})
    for name in settings.steps:
        if normal(name) not in used and normal(name) not in (installed := installed_steps()):
            raise UnknownStep(settings.where(f"steps.{name}"), pipeline, name, used, installed)


def installed_steps() -> list[str]:
    """The names of all steps that installed distributions declare."""
    found = []
    for entry in entry_points(group=STEPS_GROUP):
        found += [normal(step.name) for step in getattr(importlib.import_module(entry.module), entry.attr)]
    return found
