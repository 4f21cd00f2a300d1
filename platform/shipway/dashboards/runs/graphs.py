"""A run as a graph: a box for every task, or one for all instances of a step where loops would make too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shipway.dashboards.drawing import DrawnEdge, Edge, Node, Place, layout
from shipway.dashboards.rendering import seconds as in_words
from shipway.dashboards.runs.flows import Flow, Step, loop_numbers, recorded_edges, step_name
from shipway.dashboards.runs.records import (
    CACHED,
    CANCELLED,
    FAILED,
    INTERRUPTED,
    RUNNING,
    SKIPPED,
    SUCCEEDED,
    WAITING,
    Run,
    Task,
)

FOLDED_ABOVE = 120
"""Boxes; with more of them the instances of a loop's steps share one."""
DRAWN_AT_MOST = 600
EDGES_AT_MOST = 4000
WIDEST_LABEL = 26
PIXELS_A_CHARACTER = 7.4
BOX_HEIGHT = 44.0
TELLING = (FAILED, RUNNING, INTERRUPTED, CANCELLED, WAITING, SUCCEEDED, CACHED, SKIPPED)
"""The state that a box of several tasks shows: the first of these that one of them is in."""


@dataclass(frozen=True)
class Box:
    """One box: its place, what is written in it, and the tasks that it stands for."""

    id: str
    label: str
    note: str
    state: str
    title: str
    task: str
    place: Place


@dataclass(frozen=True)
class RunGraph:
    """A drawn run. `left_out`: how many boxes there was no room for; `folded`: loops' instances share boxes."""

    width: float
    height: float
    boxes: Sequence[Box]
    edges: Sequence[DrawnEdge]
    folded: bool
    may_fold: bool
    left_out: int


def all_tasks(run: Run, flow: Flow) -> list[Task]:
    """The tasks of a run in the order of its flow, with those of its specification that have not begun."""
    steps = {step.name for step in flow.steps}
    instances: dict[str, list[Task]] = {}
    for task in run.tasks:
        instances.setdefault(task.name if task.name in steps else step_name(task.name), []).append(task)
    ordered: list[Task] = []
    for step in flow.steps:
        ordered += instances.pop(step.name, []) or [_not_begun(step, run)]
    return ordered + [task for tasks in instances.values() for task in tasks]


def _not_begun(step: Step, run: Run) -> Task:
    if run.active:
        return Task(step.name, WAITING)
    return Task(step.name, SKIPPED, sentence="it has not been run")


def run_graph(run: Run, flow: Flow, tasks: Sequence[Task], fold: bool | None = None) -> RunGraph:
    """Draw the tasks of a run; `fold` None folds loops where there would be too many boxes otherwise."""
    may_fold = len({step_name(task.name) for task in tasks}) < len(tasks)
    folded = may_fold and (len(tasks) > FOLDED_ABOVE if fold is None else fold)
    groups = _groups(tasks, folded)
    shown = dict(list(groups.items())[:DRAWN_AT_MOST])
    edges = list(_edges(run, flow, shown, folded))[:EDGES_AT_MOST]
    drawing = layout([_node(name, of) for name, of in shown.items()], edges)
    conditions = {step.name: step.conditions for step in flow.steps}
    boxes = [_box(name, of, drawing.places[name], conditions.get(step_name(name), ())) for name, of in shown.items()]
    return RunGraph(drawing.width, drawing.height, boxes, drawing.paths, folded, may_fold, len(groups) - len(shown))


def _groups(tasks: Iterable[Task], folded: bool) -> dict[str, list[Task]]:
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(step_name(task.name) if folded else task.name, []).append(task)
    return groups


def _edges(run: Run, flow: Flow, groups: Mapping[str, Sequence[Task]], folded: bool) -> Iterator[Edge]:
    recorded = recorded_edges(run)
    if folded:
        pairs = {(step_name(source), step_name(target)): keys for (source, target), keys in recorded.items()}
        for (source, target), keys in {**pairs, **flow.edges}.items():
            yield Edge(source, target, ", ".join(keys))
        return
    planned = _instances(flow, groups)
    for (source, target), keys in {**recorded, **planned}.items():
        yield Edge(source, target, ", ".join(keys))


def _instances(flow: Flow, names: Iterable[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The edges between instances: inside of one loop only those of the same iteration."""
    instances: dict[str, list[str]] = {}
    for name in names:
        instances.setdefault(step_name(name), []).append(name)
    loops = {step.name: step.loops for step in flow.steps}
    edges: dict[tuple[str, str], tuple[str, ...]] = {}
    for (source, target), keys in flow.edges.items():
        shared = _shared(loops.get(source, ()), loops.get(target, ()))
        for one in instances.get(source, ()):
            for other in instances.get(target, ()):
                if len(edges) < EDGES_AT_MOST and loop_numbers(one)[:shared] == loop_numbers(other)[:shared]:
                    edges[one, other] = keys
    return edges


def _shared(source: Sequence[str], target: Sequence[str]) -> int:
    count = 0
    for one, other in zip(source, target, strict=False):
        if one != other:
            break
        count += 1
    return count


def _node(name: str, tasks: Sequence[Task]) -> Node:
    label = _label(name)
    longest = max(len(label), len(_note(tasks)))
    return Node(name, label, round(34 + PIXELS_A_CHARACTER * longest, 1), BOX_HEIGHT)


def _label(name: str) -> str:
    return name if len(name) <= WIDEST_LABEL else name[: WIDEST_LABEL - 1] + "…"


def state_of(tasks: Sequence[Task]) -> str:
    """The state that matters most among those of several tasks."""
    states = {task.state for task in tasks}
    return next((state for state in TELLING if state in states), tasks[0].state)


def _note(tasks: Sequence[Task]) -> str:
    if len(tasks) == 1:
        return _of_one(tasks[0])
    counts = Counter(task.state for task in tasks)
    return ", ".join(f"{number} {state.lower()}" for state, number in counts.most_common(2))


def _of_one(task: Task) -> str:
    tries = f", attempt {len(task.attempts)}" if len(task.attempts) > 1 else ""
    ran = task.state in (SUCCEEDED, FAILED) and task.seconds
    return task.state.lower() + (f" {in_words(task.seconds)}" if ran else "") + tries


def _box(name: str, tasks: Sequence[Task], place: Place, conditions: Sequence[str]) -> Box:
    lines = [name if len(tasks) == 1 else f"{name}, {len(tasks)} instances", _note(tasks)]
    lines += [f"if {condition}" for condition in conditions]
    lines += [task.sentence for task in tasks if task.sentence][:1]
    telling = state_of(tasks)
    first = next(task for task in tasks if task.state == telling)
    return Box(name, _label(name), _note(tasks), telling, "\n".join(line[:500] for line in lines), first.name, place)
