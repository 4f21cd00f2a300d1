"""A compiled pipeline as the runner reads it: the parts of KFP's PipelineSpec that have a meaning on one machine.

`spec_reader` builds these from the compiled JSON and refuses, by name, every field that is not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

UNSET: Any = object()
"""No value at all, which is not the same as null."""


@dataclass(frozen=True)
class ParameterSlot:
    """A parameter that a component takes; `kind` is KFP's name of its type (STRING, NUMBER_INTEGER, ...)."""

    name: str
    kind: str
    optional: bool = False
    default: Any = UNSET
    description: str = ""

    @property
    def required(self) -> bool:
        return not self.optional and self.default is UNSET


@dataclass(frozen=True)
class ArtifactSlot:
    """An artifact that a component takes or makes."""

    name: str
    schema_title: str
    is_list: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Constant:
    """A value written in the pipeline; strings in it may hold placeholders."""

    value: Any


@dataclass(frozen=True)
class ScopeInput:
    """A value that the enclosing component was given."""

    name: str


@dataclass(frozen=True)
class TaskOutput:
    """What another task of the same scope made."""

    task: str
    key: str


@dataclass(frozen=True)
class FinalStatus:
    """How another task ended."""

    task: str


Source = Constant | ScopeInput | TaskOutput | FinalStatus


@dataclass(frozen=True)
class ParameterWiring:
    """Where a task's parameter comes from; `path` picks an element of it (a loop item's field)."""

    source: Source
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Loop:
    """One scope for every item. The items are written out, or come from the input `items_input` of the task."""

    item_input: str
    over_artifacts: bool = False
    items: tuple[Any, ...] | None = None
    items_input: str = ""
    parallelism: int = 0


@dataclass(frozen=True)
class Retry:
    """Tries beyond the first, with pauses that grow by `factor`; none starts later than `window` seconds in."""

    count: int = 0
    pause: float = 0.0
    factor: float = 2.0
    window: float = 3600.0

    def pause_after(self, tries: int, elapsed: float) -> float | None:
        """Seconds until the next try, after `tries` that failed and `elapsed` seconds; None when there is none."""
        pause = self.pause * self.factor ** (tries - 1)
        return None if tries > self.count or elapsed + pause > self.window else pause


@dataclass(frozen=True)
class Task:
    """One task of a DAG."""

    name: str
    component: str
    parameters: Mapping[str, ParameterWiring] = field(default_factory=dict)
    artifacts: Mapping[str, Source] = field(default_factory=dict)
    upstream: tuple[str, ...] = ()
    condition: str = ""
    runs_always: bool = False
    loop: Loop | None = None
    retry: Retry = field(default_factory=Retry)
    cached: bool = False
    cache_key: str = ""
    is_group: bool = False


@dataclass(frozen=True)
class Dag:
    """Tasks, and which of their outputs are the outputs of the whole; the first producer that ran gives the value."""

    tasks: Mapping[str, Task]
    parameters: Mapping[str, tuple[TaskOutput, ...]] = field(default_factory=dict)
    artifacts: Mapping[str, tuple[TaskOutput, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Container:
    """A command to run. `timeout` is in seconds, 0 for none."""

    label: str
    image: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 0.0


@dataclass(frozen=True)
class Importer:
    """An artifact that lies somewhere already. Its URI is written out or comes from the parameter `uri_parameter`."""

    schema_title: str
    uri: str = ""
    uri_parameter: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    reimport: bool = False


@dataclass(frozen=True)
class Component:
    """What a task runs: a DAG, a container or an importer."""

    name: str
    body: Dag | Container | Importer
    parameters: Mapping[str, ParameterSlot] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactSlot] = field(default_factory=dict)
    output_parameters: Mapping[str, str] = field(default_factory=dict)
    output_artifacts: Mapping[str, ArtifactSlot] = field(default_factory=dict)


@dataclass(frozen=True)
class PipelineSpec:
    """A whole compiled pipeline."""

    name: str
    root: Component
    components: Mapping[str, Component]

    def dag(self, component: Component) -> Dag:
        assert isinstance(component.body, Dag)
        return component.body

    def conditions(self) -> Iterator[str]:
        for component in (self.root, *self.components.values()):
            if isinstance(component.body, Dag):
                yield from (task.condition for task in component.body.tasks.values() if task.condition)


def flow_order(tasks: Mapping[str, Task]) -> list[Task]:
    """Tasks after everything they wait for; among equals, as they stand in the file."""
    ordered: dict[str, Task] = {}

    def visit(task: Task) -> None:
        for name in task.upstream:
            if name in tasks and name not in ordered:
                visit(tasks[name])
        ordered[task.name] = task

    for task in tasks.values():
        if task.name not in ordered:
            visit(task)
    return list(ordered.values())
