"""One run, out of its journal and lineage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from shipway.dashboards.faults import NotFound
from shipway.dashboards.runs.journals import read_home_run
from shipway.dashboards.runs.recorded import joined, recorded_run
from shipway.dashboards.runs.records import Run
from shipway.errors import EnvironmentFault
from shipway.lineage import LineageQueries, RecordedExecution
from shipway.lineage.faults import MissingStore
from shipway.lineage.live_runs import told_of_run
from shipway.runner.home import Home

Queries = Callable[[], LineageQueries]


class NoSuchRun(NotFound):
    """A run id that neither the home nor lineage knows."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"There is no run {run_id!r}, neither in this home nor in the metadata store.")


def read_run(home: Home, queries: Queries, run_id: str) -> Run:
    """The run with all that is known of it. Raises `NoSuchRun`, and the store's fault where nothing else is known."""
    if "\0" in run_id:
        raise NoSuchRun(run_id)
    told = read_home_run(home, run_id)
    try:
        executions = executions_of(queries, run_id)
    except EnvironmentFault as fault:
        if told is None:
            raise
        return replace(told, problems=[*told.problems, f"Lineage cannot be read: {fault}"])
    if told is not None:
        pipeline = told.pipeline or next((one.pipeline for one in executions), "")
        return joined(replace(told, pipeline=pipeline), executions)
    try:
        recorded = read_recorded_run(queries(), run_id, executions)
    except MissingStore:
        recorded = None
    if recorded is None:
        raise NoSuchRun(run_id)
    return recorded


def read_recorded_run(
    queries: LineageQueries, run_id: str, executions: Sequence[RecordedExecution] | None = None
) -> Run | None:
    """The run as the metadata store alone tells it; None where it knows none of that id. Raises the store's fault."""
    found = queries.run(run_id) if executions is None else executions
    return recorded_run(run_id, found, told_of_run(queries.service, run_id))


def executions_of(queries: Queries, run_id: str) -> list[RecordedExecution]:
    """What lineage has of a run, nothing where there is no store yet. Raises the store's fault."""
    try:
        return queries().run(run_id)
    except MissingStore:
        return []
