"""A metadata store that looks like years of real pipelines, in seconds, to measure and to look at pages with.

    python benchmarks/metadata/generate.py FOLDER [--artifacts 100000]

writes FOLDER/metadata.db with about so many artifacts and half as many executions: a dozen pipelines, a span a run,
some runs that failed, some that were answered from the cache, and one a pipeline that is still running. The same
arguments give the same store, but for the time of its last run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from flow import EARLIER, OUTSIDE, TASKS, Output, Task
from metadata_of import metadata_of
from tables import Tables

from shipway.lineage import Lineage, LineageQueries
from shipway.lineage.types import NODE, PIPELINE, PIPELINE_RUN, TypeRegistry, declared_properties

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
ARTIFACTS_A_RUN = 16.6


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
        touched = []
        for key, (source, source_key) in task.inputs.items():
            artifact = self._input(pipeline, source, source_key, at, made)
            if artifact:
                self._event(artifact, execution, INPUT, key, at.ms)
                touched.append(artifact)
        if at.state in (COMPLETE, CACHED):
            for output in task.outputs:
                place = (task.name, output.key)
                old = pipeline.last.get(place) if at.state == CACHED else None
                made[place] = old or self._artifact(pipeline, task.name, output, at, ended)
                self._event(made[place], execution, OUTPUT, output.key, ended)
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
        values = metadata_of(output.type_name, output.key, span, self._chance)
        values.update(
            digest=self._digest(), name=output.key, size_bytes=int(output.bytes * (0.8 + 0.4 * self._chance.random()))
        )
        declared = declared_properties(output.type_name)
        own = {key: value for key, value in values.items() if key in declared}
        self._tables.properties("ArtifactProperty", found, own, custom=False)
        rest = {key: value for key, value in values.items() if key not in declared}
        self._tables.properties("ArtifactProperty", found, rest, custom=True)
        return found

    def _event(self, artifact: int, execution: int, kind: int, key: str, moment: int) -> None:
        found = self._tables.next_id("Event")
        self._tables.add("Event", found, artifact, execution, kind, moment)
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


def generate(path: Path, artifacts: int) -> tuple[int, int]:
    """Make a store at `path`, which must not exist, with about so many artifacts; how many there are, and executions.

    The engine reads it before it is given away.
    """
    types = _make_types(path)
    runs = max(len(PIPELINES), round(artifacts / ARTIFACTS_A_RUN))
    with Tables(path) as tables:
        generator = Generator(tables, types, runs, time.time_ns() // 1_000_000 - 60_000)
        pipelines = [generator.pipeline(number) for number in range(len(PIPELINES))]
        for number in range(runs):
            generator.run(pipelines[number % len(pipelines)], number)
        counts = tables.count("Artifact"), tables.count("Execution")
    _verify(path, counts)
    return counts


def _make_types(path: Path) -> Types:
    with Lineage.open(path) as lineage:
        registry = TypeRegistry(lineage.queries().service)
        names = {output.type_name for task in TASKS for output in task.outputs} | {"Files"}
        return Types(
            {name: registry.artifact(name) for name in sorted(names)},
            {task.step: registry.execution(task.step) for task in TASKS},
            {name: registry.context(name) for name in (PIPELINE, PIPELINE_RUN, NODE)},
        )


def _verify(path: Path, counts: tuple[int, int]) -> None:
    queries = LineageQueries.open(path)
    try:
        newest = queries.artifacts(limit=1)[0]
        assert newest.id == counts[0], f"the engine sees {newest.id} artifacts, not {counts[0]}"
        run = queries.runs(limit=2 * len(PIPELINES))[-1]
        executions = queries.run(run.run_id)
        assert executions, f"the engine finds nothing of {run.run_id}"
        assert all(one.outputs for one in executions if one.state in ("COMPLETE", "CACHED"))
        assert queries.upstream(newest.id, 10).executions
    finally:
        queries.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--artifacts", type=int, default=100_000)
    options = parser.parse_args()
    path = options.folder / "metadata.db"
    if path.exists():
        print(f"There is a store at {path} already: choose another folder.", file=sys.stderr)
        return 1
    began = time.monotonic()
    artifacts, executions = generate(path, options.artifacts)
    size = path.stat().st_size >> 20
    print(f"{path}: {artifacts} artifacts, {executions} executions, {size} MiB, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
