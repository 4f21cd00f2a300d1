"""A metadata store that looks like years of real pipelines, in seconds, to measure and to look at pages with.

    python benchmarks/metadata/generate.py FOLDER [--artifacts 100000]

writes FOLDER/metadata.db with about so many artifacts and half as many executions: a dozen pipelines, a span a run,
some runs that failed, some that were answered from the cache, and one a pipeline that is still running. The same
arguments give the same store, but for the time of its last run. `shipway metadata verify` finds nothing wrong with it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from flow import TASKS
from history import PIPELINES, Generator, Types
from tables import Tables

from shipway.lineage import Lineage, LineageQueries
from shipway.lineage.types import NODE, PIPELINE, PIPELINE_RUN, TypeRegistry

ARTIFACTS_A_RUN = 16.6


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
