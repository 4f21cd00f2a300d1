"""What is written on and beside a vertex."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from shipway.dashboards.pages.artifacts.search.results import facts_of
from shipway.dashboards.pages.lineage.graph import ALIKE, ARTIFACT, CHAIN, EXECUTION, RUN, Vertex
from shipway.lineage.neighbourhood import Neighbourhood

LIVE, COMPLETE, CACHED = "LIVE", "COMPLETE", "CACHED"
STATE_WORDS = {CACHED: "from the cache"}
NOUNS = {CHAIN: "rows", RUN: "runs", ALIKE: "groups"}


@dataclass(frozen=True)
class Label:
    """`what` is the kind in words, `title` and `detail` the two lines, `href` the page of the thing, "" for folded."""

    what: str
    title: str
    detail: str
    state: str = ""
    href: str = ""


class Labels:
    """Labels for the vertices of one part of the lineage."""

    def __init__(self, around: Neighbourhood) -> None:
        self._around = around

    def of(self, vertex: Vertex) -> Label:
        if vertex.kind == ARTIFACT:
            return self._artifact(vertex.id)
        if vertex.kind == EXECUTION:
            return self._execution(vertex.id)
        return self._folded(vertex)

    def texts(self, leaf: Vertex) -> str:
        """Everything by which an artifact or an execution may be found in a graph."""
        if leaf.kind == ARTIFACT:
            one = self._around.graph.artifacts[leaf.id]
            own = (one.type_name, one.id, one.uri, one.name, one.digest, one.state)
            return "\n".join(map(str, (*own, *(f"{name} {value}" for name, value in one.metadata.items()))))
        step = self._around.graph.executions[leaf.id]
        return "\n".join((step.task, step.run_id, step.pipeline, step.step, step.state))

    def _artifact(self, artifact_id: int) -> Label:
        one = self._around.graph.artifacts[artifact_id]
        facts = facts_of(one)
        if one.state != LIVE:
            facts.insert(0, one.state.lower().replace("_", " "))
        if more := self._around.unfollowed.get(artifact_id):
            facts.insert(0, f"{more:,} more uses")
        return Label(
            what="artifact",
            title=f"{one.type_name} {one.id}",
            detail=", ".join(facts),
            state=one.state,
            href=f"/artifacts/{one.id}",
        )

    def _execution(self, execution_id: int) -> Label:
        one = self._around.graph.executions[execution_id]
        facts = [one.run_id]
        if one.state != COMPLETE:
            facts.insert(0, STATE_WORDS.get(one.state, one.state.lower()))
        if more := self._around.untaken.get(execution_id):
            facts.insert(0, f"{more:,} more artifacts")
        href = f"/runs/{quote(one.run_id, safe='')}/tasks/{quote(one.task, safe='')}" if one.run_id else ""
        return Label("step", one.task or one.step, ", ".join(facts), one.state, href)

    def _folded(self, vertex: Vertex) -> Label:
        contents = _counted(vertex)
        if vertex.kind == ALIKE:
            return Label(contents, self._several(vertex), self._ends(vertex))
        if vertex.kind == CHAIN:
            return Label(contents, f"{len(vertex.members):,} in a row", self._ends(vertex, " → "))
        return Label(contents, f"run {vertex.run_id}", contents, href=f"/runs/{quote(vertex.run_id, safe='')}")

    def _several(self, vertex: Vertex) -> str:
        """How many there are of what alike vertices are, as `50 Examples`."""
        number, first = f"{len(vertex.members):,}", vertex.members[0]
        if first.kind == ARTIFACT:
            return f"{number} {self._around.graph.artifacts[first.id].type_name}"
        if first.kind == EXECUTION:
            return f"{number} steps {self.of(first).title}"
        return f"{number} {NOUNS[first.kind]} alike"

    def _ends(self, vertex: Vertex, between: str = " … ") -> str:
        """The first and the last of a folded vertex's members, by what tells them apart."""
        first, last = (self.of(one) for one in (vertex.members[0], vertex.members[-1]))
        if vertex.kind == ALIKE and first.detail and first.detail != last.detail:
            return between.join((first.detail, last.detail))
        return between.join((first.title, last.title))


def _counted(vertex: Vertex) -> str:
    """How many artifacts and steps a folded vertex stands for."""
    counts = ((vertex.executions, "step"), (vertex.artifacts, "artifact"))
    return ", ".join(f"{number:,} {noun}{'s' if number > 1 else ''}" for number, noun in counts if number)
