"""A run that this machine did not work on, as the metadata store tells it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from shipway.cli.table import table
from shipway.dashboards.runs.reading import read_recorded_run
from shipway.dashboards.runs.records import FAILED, WAITING, Run, Task
from shipway.errors import EnvironmentFault
from shipway.lineage import LineageQueries
from shipway.settings import MetadataAddress


def find(metadata: MetadataAddress, run_id: str) -> Run | None:
    """The run, None where the store knows none of that id. Raises the store's fault."""
    queries = LineageQueries.open(metadata)
    try:
        return read_recorded_run(queries, run_id)
    finally:
        queries.close()


def find_if_any(metadata: MetadataAddress | None, run_id: str) -> Run | None:
    """As `find`; None where no store is set, too."""
    try:
        return find(metadata, run_id) if metadata else None
    except EnvironmentFault:
        if metadata and metadata.url:
            raise
        return None


def show(run: Run, json_wanted: bool = False) -> None:
    """Print a run and its steps, why some of them failed or cannot begin included."""
    if json_wanted:
        print(json.dumps(as_json(run), indent=2))
        return
    began = datetime.fromtimestamp(run.started_ms / 1000).strftime("%Y-%m-%d %H:%M:%S")
    print(f"started {began}, not on this machine")
    rows = [(one.name, one.state.lower(), f"{one.seconds:.1f} s" if one.seconds else "") for one in run.tasks]
    print(table(("STEP", "STATE", "TIME"), rows))
    print(f"\n{run.pipeline}: {run.state.lower()} after {run.seconds:.1f} s, run {run.run_id}")
    for line in _told(run):
        print(line)


def as_json(run: Run) -> dict[str, object]:
    """The run as one object."""
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "state": run.state,
        "started": run.started_ms / 1000,
        "seconds": round(run.seconds, 3),
        "steps": [_step(one) for one in run.tasks],
    }


def _step(task: Task) -> dict[str, object]:
    return {
        "name": task.name,
        "state": task.state,
        "seconds": round(task.seconds, 3),
        "sentence": task.sentence,
        "attempts": len(task.attempts),
    }


def _told(run: Run) -> Iterator[str]:
    for task in run.tasks:
        if task.sentence and task.state in (FAILED, WAITING):
            yield f"\n{task.name} {'failed' if task.state == FAILED else 'cannot begin'}: {task.sentence}"
