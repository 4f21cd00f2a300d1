"""`/compare`: what the page of several runs side by side shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shipway.dashboards.faults import RequestFault
from shipway.dashboards.pages.compare.rows import Section, merged, section, transposed
from shipway.dashboards.pages.compare.statistics import StatisticsTable, statistics_tables
from shipway.dashboards.runs.flows import NO_FLOW, flow_of_run
from shipway.dashboards.runs.graphs import all_tasks
from shipway.dashboards.runs.reading import Queries, executions_of, read_run
from shipway.dashboards.runs.records import Run
from shipway.errors import EnvironmentFault
from shipway.lineage import RecordedExecution
from shipway.lineage.comparison import compare_runs
from shipway.runner.home import Home
from shipway.runner.run_store import SPEC

RUNS_AT_MOST = 6
WHOLE = ("Metrics", "Steps")
"""Sections of which what is the same is shown too."""


class TooManyRuns(RequestFault):
    """More runs than a page has columns for."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} runs are too many to compare: choose {RUNS_AT_MOST} or fewer.")


@dataclass(frozen=True)
class ComparePage:
    """Runs side by side. With fewer than two of them there is nothing but the form that asks for more."""

    runs: Sequence[Run]
    sections: Sequence[Section]
    statistics: Sequence[StatisticsTable]
    everything: bool
    problems: Sequence[str]


def compare_page(
    home: Home, queries: Queries, run_ids: Sequence[str], everything: bool = False, by_time: bool = False
) -> ComparePage:
    """The runs, each once, in the order asked for or the oldest first. Raises `NoSuchRun` and `TooManyRuns`."""
    chosen = list(dict.fromkeys(run_id.strip() for run_id in run_ids if run_id.strip()))
    if len(chosen) > RUNS_AT_MOST:
        raise TooManyRuns(len(chosen))
    runs = [_whole(home, read_run(home, queries, run_id)) for run_id in chosen]
    if by_time:
        runs.sort(key=lambda run: run.started_ms)
    problems = [f"Run {run.run_id[:200]!r}: {problem}" for run in runs for problem in run.problems]
    if len(runs) < 2:
        return ComparePage(runs, (), (), everything, problems)
    recorded = [_executions(queries, run) for run in runs]
    pairs = [compare_runs(recorded[0], other) for other in recorded[1:]]
    parameters = transposed(merged([one.parameters for one in pairs]), len(runs))
    facts = {
        "Parameters of the runs": [dict(run.parameters) for run in runs],
        "Parameters of the steps": parameters,
        "Data": transposed(merged([one.data for one in pairs]), len(runs)),
        "Metrics": transposed(merged([one.metrics for one in pairs]), len(runs)),
        "Code": [_code(home, run) for run in runs],
        "Steps": [_steps(run) for run in runs],
    }
    tables, unread = statistics_tables(home, runs)
    return ComparePage(
        runs=runs,
        sections=[section(title, one, everything or title in WHOLE) for title, one in facts.items()],
        statistics=tables,
        everything=everything,
        problems=[*problems, *unread],
    )


def _whole(home: Home, run: Run) -> Run:
    """The run with the steps of its specification that have not begun."""
    flow, _ = flow_of_run(home.runs / run.run_id) if run.in_home else (NO_FLOW, "")
    return replace(run, tasks=all_tasks(run, flow))


def _executions(queries: Queries, run: Run) -> list[RecordedExecution]:
    try:
        return executions_of(queries, run.run_id) if run.in_lineage else []
    except EnvironmentFault:
        return []


def _code(home: Home, run: Run) -> dict[str, Any]:
    """The sources that the run's pipeline was compiled from, and what each step's result depends on."""
    sources = {f"{name} digest": digest for name, digest in _sources(home, run).items()}
    keys = {f"{task.name}: code, versions, parameters and inputs, digest": task.cache_key for task in run.tasks}
    return {**sources, **{name: key for name, key in keys.items() if key}}


def _sources(home: Home, run: Run) -> Mapping[str, Any]:
    if not run.in_home:
        return {}
    try:
        record = json.loads((home.runs / run.run_id / SPEC).read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in record["sources"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _steps(run: Run) -> dict[str, Any]:
    """How each step ended, and how long it took."""
    facts: dict[str, Any] = {}
    for task in run.tasks:
        facts[task.name] = task.state.lower()
        facts[f"{task.name}, seconds"] = round(task.seconds, 2)
    return facts
