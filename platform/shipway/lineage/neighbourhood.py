"""What lies around an artifact, level by level, with an end to it however popular an artifact is.

A schema may have gone into thousands of executions: the newest are kept, the others are counted. An artifact that was
answered from the cache is followed to the execution that made it, whatever run it was reached from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from shipway.lineage.artifact_uses import by_artifact, maker_event
from shipway.lineage.calls import artifacts_by_id, events_of_artifacts, events_of_executions
from shipway.lineage.graph import INPUTS, OUTPUTS, Walk
from shipway.lineage.protos import Event, Execution
from shipway.lineage.records import LineageGraph
from shipway.lineage.service import MetadataService


@dataclass(frozen=True)
class Neighbourhood:
    """A part of the lineage, and what it leaves out.

    `unfollowed`: how many executions that used an artifact are left out, by artifact; `untaken`: how many artifacts of
    an execution are, by execution; `again`: how often an artifact was put out again by the cache or a Resolver.
    """

    graph: LineageGraph
    unfollowed: Mapping[int, int]
    untaken: Mapping[int, int]
    again: Mapping[int, int]

    @property
    def is_whole(self) -> bool:
        """Whether nothing within the depth is left out."""
        return not self.unfollowed and not self.untaken


def neighbourhood(
    service: MetadataService, artifact_id: int, *, up: bool, down: bool, depth: int | None, most: int
) -> Neighbourhood:
    """What is at most `depth` executions up or down of an artifact, `most` nodes. `KeyError` for an unknown id."""
    if not artifacts_by_id(service, [artifact_id]):
        raise KeyError(artifact_id)
    search = _Search(service, most)
    if up:
        search.go_up(artifact_id, depth)
    if down:
        search.go_down(artifact_id, depth)
    return search.result(artifact_id)


@dataclass
class _Search:
    """One search in the making."""

    service: MetadataService
    most: int
    walk: Walk = field(init=False)
    events: dict[int, list[Event]] = field(default_factory=dict)
    unfollowed: dict[int, int] = field(default_factory=dict)
    untaken: dict[int, int] = field(default_factory=dict)
    execution_ids: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.walk = Walk(self.service)

    @property
    def room(self) -> int:
        return max(0, self.most - len(self.walk.artifact_ids) - len(self.execution_ids))

    def go_up(self, root: int, depth: int | None) -> None:
        seen, frontier = {root}, {root}
        self.walk.artifact_ids.add(root)
        while frontier and depth != 0:
            self._read_events(frontier)
            makers = [one for artifact in sorted(frontier) if (one := maker_event(self.events[artifact]))]
            onward = {one.execution_id for one in makers} - self.execution_ids
            for event in makers:
                self._add(event)
            taken = events_of_executions(self.service, onward)
            reached = self._take([one for one in taken if one.type in INPUTS])
            frontier = reached - seen
            seen |= frontier
            depth = None if depth is None else depth - 1

    def go_down(self, root: int, depth: int | None) -> None:
        seen, frontier = {root}, {root}
        self.walk.artifact_ids.add(root)
        while frontier and depth != 0:
            self._read_events(frontier)
            consumers = self._choose_consumers(frontier)
            self.walk.load_executions(consumers)
            put_out = [one for one in events_of_executions(self.service, consumers) if one.type in OUTPUTS]
            self._read_events({one.artifact_id for one in put_out})
            reached = self._take([one for one in put_out if self._stems_from(one)])
            frontier = reached - seen
            seen |= frontier
            depth = None if depth is None else depth - 1

    def result(self, root: int) -> Neighbourhood:
        self.walk.load_executions(self.execution_ids)
        known = self.walk.artifact_ids & self.events.keys()
        again = {one: sum(event.type in OUTPUTS for event in self.events[one]) - 1 for one in sorted(known)}
        return Neighbourhood(
            graph=self.walk.graph(root),
            unfollowed=self.unfollowed,
            untaken=self.untaken,
            again={one: count for one, count in again.items() if count > 0},
        )

    def _read_events(self, artifact_ids: Collection[int]) -> None:
        unread = set(artifact_ids) - self.events.keys()
        self.events.update({one: [] for one in unread})
        self.events.update(by_artifact(events_of_artifacts(self.service, unread)))

    def _choose_consumers(self, frontier: Collection[int]) -> set[int]:
        """The newest executions that used the frontier, as many as leave room for what they made."""
        used = [one for artifact in sorted(frontier) for one in self.events[artifact] if one.type in INPUTS]
        newest = sorted({one.execution_id for one in used} - self.execution_ids, reverse=True)
        chosen = set(newest[: (self.room + 1) // 2])
        for event in used:
            if event.execution_id in chosen or event.execution_id in self.execution_ids:
                self._add(event)
            else:
                self.unfollowed[event.artifact_id] = self.unfollowed.get(event.artifact_id, 0) + 1
        return chosen

    def _stems_from(self, event: Event) -> bool:
        """Whether an output was made by its execution, or from inputs of the same content: not merely passed on."""
        maker = maker_event(self.events[event.artifact_id])
        is_maker = maker is not None and maker.execution_id == event.execution_id
        return is_maker or self.walk.executions[event.execution_id].last_known_state == Execution.CACHED

    def _take(self, events: Collection[Event]) -> set[int]:
        """Add the artifacts at the other end of these events, the newest first, as far as there is room."""
        reached = set()
        for event in sorted(events, key=lambda one: -one.artifact_id):
            if event.artifact_id in self.walk.artifact_ids or self.room:
                self._add(event)
                reached.add(event.artifact_id)
            else:
                self.untaken[event.execution_id] = self.untaken.get(event.execution_id, 0) + 1
        return reached

    def _add(self, event: Event) -> None:
        self.walk.add(event)
        self.execution_ids.add(event.execution_id)
