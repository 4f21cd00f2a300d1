"""The runs of a generated store, one after the other, each from what the runs before it left."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from flow import EARLIER, OUTSIDE, TASKS, Output, Task
from metadata_of import metadata_of
from tables import Tables

from shipway.lineage.types import NODE, PIPELINE, PIPELINE_RUN, declared_properties

INPUT, OUTPUT, LIVE, DELETED = 3, 4, 2, 4
RUNNING, COMPLETE, FAILED, CACHED = 2, 3, 4, 5
PIPELINES = (
    "flights",
    "taxi",
    "penguins",
    "fraud",
    "churn",
    "ranking",
    "eta",
    "demand",
    "pricing",
    "search",
    "spam",
    "ctr",
)
MINUTES_BETWEEN_RUNS = 30
FAILING, CACHING = 0.03, 0.1
LIVE_RUNS = 50
"""Of older runs the collector has deleted the large artifacts."""

LARGE_BYTES = 1 << 20


@dataclass
class Types:
    """Ids of the types, as the engine gave them."""

    artifacts: dict[str, int]
    executions: dict[str, int]
    contexts: dict[str, int]


@dataclass
class Pipeline:
    """What a pipeline remembers from run to run: ids of contexts, and the last artifact under each (task, key)."""

    name: str
    number: int
    context: int
    nodes: dict[str, int] = field(default_factory=dict)
    last: dict[tuple[str, str], int] = field(default_factory=dict)


class Generator:
    """Writes run after run."""

    def __init__(self, tables: Tables, types: Types, runs: int, last_ms: int) -> None:
        self._tables = tables
        self._types = types
        self._runs = runs
        self._last_ms = last_ms
        self._chance = Random(2026)

    def pipeline(self, number: int) -> Pipeline:
        name = PIPELINES[number]
        began = self._last_ms - self._runs * MINUTES_BETWEEN_RUNS * 60_000
        made = Pipeline(name, number, self._context(PIPELINE, name, began))
        made.nodes = {task.name: self._context(NODE, f"{name}.{task.name}", began) for task in TASKS}
        return made

    def run(self, pipeline: Pipeline, number: int) -> None:
        """Run `number` of all: the last ones of each pipeline are still going on."""
        moment = self._last_ms - (self._runs - number) * MINUTES_BETWEEN_RUNS * 60_000 // len(PIPELINES)
        run_id = f"{pipeline.name}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(moment / 1000))}-{number:06x}"
        context = self._context(PIPELINE_RUN, run_id, moment)
        self._tables.properties("ContextProperty", context, {"pipeline_name": pipeline.name}, custom=True)
        chance = self._chance.random()
        fails = TASKS[1 + int(chance * 1e6) % 7].name if chance < FAILING else ""
        cached = bool(pipeline.last) and FAILING <= chance < FAILING + CACHING
        is_last = number >= self._runs - len(PIPELINES)
        is_old = number < self._runs - LIVE_RUNS * len(PIPELINES)
        made: dict[tuple[str, str], int] = {}
        for place, task in enumerate(TASKS):
            state = CACHED if cached and place < 5 else FAILED if task.name == fails else COMPLETE
            state = RUNNING if is_last and task.name == "trainer" else state
            moment = self._task(pipeline, task, Moment(run_id, context, number, moment, state, is_old), made)
            if state in (FAILED, RUNNING):
                break
        pipeline.last.update(made)

    def _task(self, pipeline: Pipeline, task: Task, at: Moment, made: dict[tuple[str, str], int]) -> int:
        """One task; the time of its end."""
        seconds = 0.0 if at.state == CACHED else task.seconds * (0.7 + 0.6 * self._chance.random())
        ended = at.ms + int(seconds * 1000)
        contexts = (pipeline.context, at.context, pipeline.nodes[task.name])
        execution = self._execution(pipeline, task, at, ended)
        taken: dict[int, list[str]] = {}
        for key, (source, source_key) in task.inputs.items():
            artifact = self._input(pipeline, source, source_key, at, made)
            if artifact:
                taken.setdefault(artifact, []).append(key)
        for artifact, keys in taken.items():
            self._event(artifact, execution, INPUT, keys, at.ms)
        touched = list(taken)
        if at.state in (COMPLETE, CACHED):
            for output in task.outputs:
                place = (task.name, output.key)
                old = pipeline.last.get(place) if at.state == CACHED else None
                made[place] = old or self._artifact(pipeline, task.name, output, at, ended)
                self._event(made[place], execution, OUTPUT, [output.key], ended)
                touched.append(made[place])
        self._link(contexts, execution, touched)
        return ended + 200

    def _input(
        self, pipeline: Pipeline, source: str, key: str, at: Moment, made: Mapping[tuple[str, str], int]
    ) -> int | None:
        if source == EARLIER:
            return next((one for (_, name), one in pipeline.last.items() if name == key), None)
        if source != OUTSIDE:
            return made.get((source, key))
        if at.state == CACHED:
            return pipeline.last.get((OUTSIDE, key))
        uri = f"/srv/data/{pipeline.name}/span-{at.number}"
        found = self._tables.next_id("Artifact")
        self._tables.add("Artifact", found, self._types.artifacts["Files"], uri, LIVE, None, at.ms, at.ms)
        self._tables.properties("ArtifactProperty", found, {"digest": self._digest()}, custom=True)
        pipeline.last[OUTSIDE, key] = found
        return found

    def _execution(self, pipeline: Pipeline, task: Task, at: Moment, ended: int) -> int:
        found = self._tables.next_id("Execution")
        name = f"{pipeline.name}/{at.run_id}/{task.name}#1"
        last_ms = at.ms if at.state == RUNNING else ended
        self._tables.add("Execution", found, self._types.executions[task.step], at.state, name, name, at.ms, last_ms)
        own = {"pipeline_name": pipeline.name, "run_id": at.run_id, "component_id": task.name}
        own["cache_key"] = self._digest()
        if at.state == FAILED:
            own["error"] = "The loss became NaN at step 1200: lower the learning rate, or clip the gradients."
        self._tables.properties("ExecutionProperty", found, own, custom=False)
        self._tables.properties("ExecutionProperty", found, task.parameters, custom=True)
        return found

    def _artifact(self, pipeline: Pipeline, task: str, output: Output, at: Moment, ended: int) -> int:
        found = self._tables.next_id("Artifact")
        uri = f"/srv/shipway/artifacts/{pipeline.name}/{at.run_id}/{task}/{self._digest()[:32]}/{output.key}"
        name = f"{pipeline.name}:{at.run_id}:{task}:{output.key}:0"
        type_id = self._types.artifacts[output.type_name]
        state = DELETED if at.is_old and output.bytes > LARGE_BYTES else LIVE
        self._tables.add("Artifact", found, type_id, uri, state, name, ended, ended)
        span = at.number // len(PIPELINES)
        values = metadata_of(output.type_name, output.key, span, pipeline.name, self._chance)
        values.update(
            digest=self._digest(), name=output.key, size_bytes=int(output.bytes * (0.8 + 0.4 * self._chance.random()))
        )
        declared = declared_properties(output.type_name)
        own = {key: value for key, value in values.items() if key in declared}
        self._tables.properties("ArtifactProperty", found, own, custom=False)
        rest = {key: value for key, value in values.items() if key not in declared}
        self._tables.properties("ArtifactProperty", found, rest, custom=True)
        return found

    def _event(self, artifact: int, execution: int, kind: int, keys: Sequence[str], moment: int) -> None:
        """One event, however many names the execution has for the artifact."""
        found = self._tables.next_id("Event")
        self._tables.add("Event", found, artifact, execution, kind, moment)
        for key in keys:
            self._tables.add("EventPath", found, 0, None, key)
            self._tables.add("EventPath", found, 1, 0, None)

    def _link(self, contexts: tuple[int, ...], execution: int, artifacts: list[int]) -> None:
        for context in contexts:
            self._tables.add("Association", context, execution)
            for artifact in dict.fromkeys(artifacts):
                self._tables.add("Attribution", context, artifact)

    def _context(self, kind: str, name: str, moment: int) -> int:
        found = self._tables.next_id("Context")
        self._tables.add("Context", found, self._types.contexts[kind], name, moment, moment)
        return found

    def _digest(self) -> str:
        return f"{self._chance.getrandbits(256):064x}"


@dataclass(frozen=True)
class Moment:
    """Where in which run a task stands."""

    run_id: str
    context: int
    number: int
    ms: int
    state: int
    is_old: bool
