"""Lineage as vertices and arrows: what folding works on, and drawing after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from shipway.lineage.neighbourhood import Neighbourhood

ARTIFACT, EXECUTION = "artifact", "execution"
ALIKE, CHAIN, RUN = "alike", "chain", "run"
"""What a folded vertex stands for: several of the same place in the graph, a row of single ones, a run's own part."""


@dataclass(frozen=True)
class Vertex:
    """An artifact, an execution, or several of both folded into one.

    `key` is the same whenever the same things are shown: `a12`, `e7`, `alike:a12`, `chain:e7`, `run:<run id>`. `sort`
    is what two vertices must share to be alike; `run_id` is of an execution.
    """

    key: str
    kind: str
    sort: str
    id: int = 0
    run_id: str = ""
    members: tuple[Vertex, ...] = ()

    @cached_property
    def leaves(self) -> tuple[Vertex, ...]:
        """The artifacts and executions that this vertex stands for, itself where it is one."""
        return tuple(leaf for one in self.members for leaf in one.leaves) if self.members else (self,)

    @property
    def artifacts(self) -> int:
        return sum(leaf.kind == ARTIFACT for leaf in self.leaves)

    @property
    def executions(self) -> int:
        return len(self.leaves) - self.artifacts

    @property
    def order(self) -> tuple[int, str]:
        """By which members are sorted: as they were recorded."""
        first = min(self.leaves, key=lambda leaf: (leaf.id, leaf.key))
        return first.id, first.key


Arrow = tuple[str, str]
"""From a vertex's key to another's, in the direction in which data flows."""


@dataclass(frozen=True)
class Graph:
    """Vertices by key, and the names under which data goes along each arrow."""

    vertices: Mapping[str, Vertex]
    arrows: Mapping[Arrow, frozenset[str]]
    before: Mapping[str, Sequence[str]] = field(init=False)
    after: Mapping[str, Sequence[str]] = field(init=False)

    def __post_init__(self) -> None:
        before: dict[str, list[str]] = {key: [] for key in self.vertices}
        after: dict[str, list[str]] = {key: [] for key in self.vertices}
        for source, target in self.arrows:
            after[source].append(target)
            before[target].append(source)
        object.__setattr__(self, "before", before)
        object.__setattr__(self, "after", after)


def graph_of(around: Neighbourhood) -> Graph:
    """The vertices and arrows of a part of the lineage, in the order of their ids."""
    vertices = {}
    for artifact_id, artifact in sorted(around.graph.artifacts.items()):
        key = f"a{artifact_id}"
        vertices[key] = Vertex(key, ARTIFACT, f"{artifact.type_name}\n{artifact.state}", artifact_id)
    for execution_id, one in sorted(around.graph.executions.items()):
        key = f"e{execution_id}"
        sort = f"{one.pipeline}\n{one.task}\n{one.step}\n{one.state}"
        vertices[key] = Vertex(key, EXECUTION, sort, execution_id, one.run_id)
    arrows: dict[Arrow, frozenset[str]] = {}
    for edge in around.graph.edges:
        data, step = f"a{edge.artifact_id}", f"e{edge.execution_id}"
        arrow = (step, data) if edge.is_output else (data, step)
        arrows[arrow] = arrows.get(arrow, frozenset()) | {edge.key}
    return Graph(vertices, arrows)
