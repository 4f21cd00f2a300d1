"""Which task hands something to which: read from a run's compiled specification, or from lineage's events.

Conditions, loops and nested pipelines are taken apart: the boxes of the drawing are the tasks that do something, by the
names that journals have for them, and their edges go through the groups around them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shipway.dashboards.runs.records import Run
from shipway.errors import ShipwayError
from shipway.runner.run_store import SPEC
from shipway.runner.spec import Dag, FinalStatus, PipelineSpec, ScopeInput, Source, Task, TaskOutput, flow_order
from shipway.runner.spec_reader import read_spec

KEPT_FLOWS = 64
CHANNEL = "pipelinechannel--"
"""What KFP's compiler puts before the names of values that go from one task to another."""
PARAMETER = re.compile(r"inputs\.parameter_values\['(?:" + CHANNEL + r")?([^']*)'\]")


@dataclass(frozen=True)
class Step:
    """A task that does something, without the numbers that loops add to its name.

    `conditions` stand around it, the outermost first; `loops` are the loops around it, each by a name of its own.
    """

    name: str
    conditions: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flow:
    """The steps of a pipeline in their order, and edges with the names of what is handed over ("" for mere order)."""

    steps: tuple[Step, ...]
    edges: Mapping[tuple[str, str], tuple[str, ...]]


NO_FLOW = Flow((), {})


def flow_of_run(folder: Path) -> tuple[Flow, str]:
    """The flow of the run in `folder`, and a sentence where its specification is of no use."""
    path = folder / SPEC
    try:
        stat = path.stat()
        return _kept_flow(path, stat.st_mtime_ns, stat.st_size), ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ShipwayError):
        return NO_FLOW, (
            f"The run's specification {str(path)!r} is missing or damaged: steps that did not begin and some edges are "
            "not drawn."
        )


@lru_cache(KEPT_FLOWS)
def _kept_flow(path: Path, mtime_ns: int, size: int) -> Flow:
    record = json.loads(path.read_text(encoding="utf-8"))
    return flow_of(read_spec(record["spec"], record["platform"], str(record["target"])))


def flow_of(spec: PipelineSpec) -> Flow:
    """The flow of a compiled pipeline."""
    steps = dict(_steps(spec, _Place(spec.dag(spec.root))))
    edges: dict[tuple[str, str], dict[str, None]] = {}
    for place, task in steps.values():
        target = place.prefix + task.name
        for key, producer in _producers(spec, place, task):
            if producer in steps and producer != target:
                edges.setdefault((producer, target), {})[key] = None
    for pair in _order(spec, _Place(spec.dag(spec.root)), set(edges)):
        edges.setdefault(pair, {})
    found = tuple(Step(name, place.conditions_of(task), place.loops) for name, (place, task) in steps.items())
    return Flow(found, {pair: tuple(keys) for pair, keys in edges.items()})


@dataclass(frozen=True)
class _Place:
    """A DAG where it stands: the task that runs it and the place around that."""

    dag: Dag
    task: Task | None = None
    around: _Place | None = None
    prefix: str = ""
    conditions: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()

    def conditions_of(self, task: Task) -> tuple[str, ...]:
        return (*self.conditions, in_words(task.condition)) if task.condition else self.conditions

    def inside(self, spec: PipelineSpec, task: Task) -> _Place | None:
        """The place that `task` opens, None for one that does something itself."""
        body = spec.components[task.component].body
        if not isinstance(body, Dag):
            return None
        prefix = self.prefix if task.is_group else f"{self.prefix}{task.name}."
        loops = (*self.loops, f"{self.prefix}{task.name}") if task.loop else self.loops
        return _Place(body, task, self, prefix, self.conditions_of(task), loops)


def _steps(spec: PipelineSpec, place: _Place) -> Iterator[tuple[str, tuple[_Place, Task]]]:
    for task in flow_order(place.dag.tasks):
        inside = place.inside(spec, task)
        if inside is None:
            yield place.prefix + task.name, (place, task)
        else:
            yield from _steps(spec, inside)


def _producers(spec: PipelineSpec, place: _Place, task: Task) -> Iterator[tuple[str, str]]:
    """What a task is given by which steps: pairs of the input's name and the step."""
    sources: dict[str, Source] = {name: wiring.source for name, wiring in task.parameters.items()}
    for name, source in {**sources, **task.artifacts}.items():
        for producer in _made_by(spec, place, source):
            yield name.removeprefix(CHANNEL), producer


def _made_by(spec: PipelineSpec, place: _Place, source: Source) -> Iterator[str]:
    if isinstance(source, ScopeInput):
        if place.task is not None and place.around is not None:
            wiring = place.task.parameters.get(source.name)
            outer = wiring.source if wiring else place.task.artifacts.get(source.name)
            if outer is not None:
                yield from _made_by(spec, place.around, outer)
    elif isinstance(source, TaskOutput | FinalStatus) and source.task in place.dag.tasks:
        task = place.dag.tasks[source.task]
        inside = place.inside(spec, task)
        if inside is None:
            yield place.prefix + task.name
        elif isinstance(source, TaskOutput):
            outputs = inside.dag.artifacts.get(source.key) or inside.dag.parameters.get(source.key) or ()
            for output in outputs:
                yield from _made_by(spec, inside, output)
        else:
            yield from _ends(spec, inside, last=True)


def _order(spec: PipelineSpec, place: _Place, wired: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Edges of mere order: tasks that wait for another one of which they are given nothing."""
    for task in place.dag.tasks.values():
        inside = place.inside(spec, task)
        own = [place.prefix + task.name] if inside is None else [name for name, _ in _steps(spec, inside)]
        for name in task.upstream:
            before = place.dag.tasks.get(name)
            below = place.inside(spec, before) if before else None
            others = [place.prefix + name] if below is None else [step for step, _ in _steps(spec, below)]
            if not any((other, one) in wired for other in others for one in own):
                firsts = own if inside is None else list(_ends(spec, inside, last=False))
                lasts = others if below is None else list(_ends(spec, below, last=True))
                yield from ((other, one) for other in lasts for one in firsts)
        if inside is not None:
            yield from _order(spec, inside, wired)


def _ends(spec: PipelineSpec, place: _Place, last: bool) -> Iterator[str]:
    """The steps of a DAG that wait for none of it, or (`last`) that none of it waits for."""
    waited_for = {name for task in place.dag.tasks.values() for name in task.upstream}
    for task in place.dag.tasks.values():
        if (task.name in waited_for) if last else any(name in place.dag.tasks for name in task.upstream):
            continue
        inside = place.inside(spec, task)
        if inside is None:
            yield place.prefix + task.name
        else:
            yield from _ends(spec, inside, last)


def recorded_edges(run: Run) -> dict[tuple[str, str], tuple[str, ...]]:
    """The edges that lineage tells of: a task took what another task of the run had put out."""
    makers = {artifact.id: task.name for task in run.tasks for artifact in task.outputs if artifact.id is not None}
    edges: dict[tuple[str, str], dict[str, None]] = {}
    for task in run.tasks:
        for artifact in task.inputs:
            maker = makers.get(artifact.id) if artifact.id is not None else None
            if maker is not None and maker != task.name:
                edges.setdefault((maker, task.name), {})[artifact.key] = None
    return {pair: tuple(keys) for pair, keys in edges.items()}


def in_words(condition: str) -> str:
    """A condition with its parameters by their names alone."""
    return PARAMETER.sub(r"\1", condition)


def step_name(task: str) -> str:
    """The name of a task without the numbers that loops added: `inner.train.0` is an instance of `inner.train`."""
    return ".".join(part for part in task.split(".") if not part.isdigit())


def loop_numbers(task: str) -> tuple[str, ...]:
    return tuple(part for part in task.split(".") if part.isdigit())
