"""Walking lineage, level by level, so that sharing costs nothing and depth has no bound.

Which execution *made* an artifact is not what its events say: a cached execution and a Resolver put it out again. The
maker is the first that put it out. A cached execution is followed downstream, for its inputs have the content of the
maker's; any later one merely passed the artifact on, and its inputs have no part in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from shipway.lineage.calls import artifacts_by_id, events_of_artifacts, events_of_executions, executions_by_id
from shipway.lineage.messages import event_slots, to_recorded_artifact, to_recorded_execution
from shipway.lineage.protos import Event, Execution
from shipway.lineage.records import LineageEdge, LineageGraph
from shipway.lineage.service import MetadataService

INPUTS = frozenset({Event.INPUT, Event.DECLARED_INPUT})
OUTPUTS = frozenset({Event.OUTPUT, Event.DECLARED_OUTPUT})


@dataclass
class Producers:
    """For artifacts: the execution that made each, and those that answered with it from the cache."""

    makers: dict[int, int] = field(default_factory=dict)
    reusers: dict[int, set[int]] = field(default_factory=dict)

    def of(self, artifact_id: int) -> set[int]:
        maker = self.makers.get(artifact_id)
        return self.reusers.get(artifact_id, set()) | ({maker} if maker is not None else set())


@dataclass
class Walk:
    """What has been met on one walk, kept so that nothing is read twice."""

    service: MetadataService
    executions: dict[int, Execution] = field(default_factory=dict)
    artifact_ids: set[int] = field(default_factory=set)
    edges: dict[tuple[int, int, bool], Event] = field(default_factory=dict)

    def load_executions(self, ids: Iterable[int]) -> None:
        missing = set(ids) - self.executions.keys()
        self.executions.update((one.id, one) for one in executions_by_id(self.service, missing))

    def producers(self, artifact_ids: Collection[int]) -> tuple[Producers, list[Event]]:
        """Who made and who reused these artifacts, and all their events."""
        events = events_of_artifacts(self.service, artifact_ids)
        outputs = [event for event in events if event.type in OUTPUTS]
        self.load_executions(event.execution_id for event in outputs)
        result = Producers()
        for event in sorted(outputs, key=lambda one: one.execution_id):
            maker = result.makers.setdefault(event.artifact_id, event.execution_id)
            if maker != event.execution_id and self._is_cached(event.execution_id):
                result.reusers.setdefault(event.artifact_id, set()).add(event.execution_id)
        return result, events

    def _is_cached(self, execution_id: int) -> bool:
        return self.executions[execution_id].last_known_state == Execution.CACHED

    def add(self, event: Event) -> None:
        self.artifact_ids.add(event.artifact_id)
        self.edges[event.execution_id, event.artifact_id, event.type in OUTPUTS] = event

    def graph(self, root: int) -> LineageGraph:
        used = {execution_id for execution_id, _, _ in self.edges}
        artifacts = artifacts_by_id(self.service, self.artifact_ids | {root})
        return LineageGraph(
            root=root,
            artifacts={one.id: to_recorded_artifact(one) for one in artifacts},
            executions={key: to_recorded_execution(self.executions[key]) for key in sorted(used)},
            edges=[_edge(event) for _, event in sorted(self.edges.items(), key=lambda item: item[0])],
        )


def _edge(event: Event) -> LineageEdge:
    slots = event_slots(event)
    key = slots[0][0] if slots else ""
    return LineageEdge(event.execution_id, event.artifact_id, key, event.type in OUTPUTS)


def walk_up(walk: Walk, roots: Collection[int], depth: int | None = None, through_cached: bool = False) -> None:
    """Add the ancestors of `roots`, at most `depth` executions up.

    Cached executions that reused an artifact are added as such; only `through_cached` goes on into their inputs.
    """
    frontier = set(roots)
    walk.artifact_ids |= frontier
    while frontier and depth != 0:
        producers, events = walk.producers(frontier)
        for event in events:
            if event.type in OUTPUTS and event.execution_id in producers.of(event.artifact_id):
                walk.add(event)
        onward = set().union(*map(producers.of, frontier)) if through_cached else set(producers.makers.values())
        seen = set(walk.artifact_ids)
        for event in events_of_executions(walk.service, onward):
            if event.type in INPUTS:
                walk.add(event)
        frontier = walk.artifact_ids - seen
        depth = None if depth is None else depth - 1


def walk_down(walk: Walk, roots: Collection[int], depth: int | None = None) -> None:
    """Add the descendants of `roots`, at most `depth` executions down."""
    frontier = set(roots)
    walk.artifact_ids |= frontier
    while frontier and depth != 0:
        consumed = [event for event in events_of_artifacts(walk.service, frontier) if event.type in INPUTS]
        for event in consumed:
            walk.add(event)
        consumers = {event.execution_id for event in consumed}
        walk.load_executions(consumers)
        put_out = [one for one in events_of_executions(walk.service, consumers) if one.type in OUTPUTS]
        producers, _ = walk.producers({event.artifact_id for event in put_out})
        seen = set(walk.artifact_ids)
        for event in put_out:
            if event.execution_id in producers.of(event.artifact_id):
                walk.add(event)
        frontier = walk.artifact_ids - seen
        depth = None if depth is None else depth - 1
