"""`/runs/{run}`: what the page of one run shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shipway.dashboards.runs.bars import Bars, gantt
from shipway.dashboards.runs.flows import NO_FLOW, Step, flow_of_run
from shipway.dashboards.runs.graphs import RunGraph, all_tasks, run_graph
from shipway.dashboards.runs.log_files import logs_of, part_before
from shipway.dashboards.runs.outcomes import Outcome, outcome_of
from shipway.dashboards.runs.reading import Queries, read_run
from shipway.dashboards.runs.records import FAILED, INTERRUPTED, WAITING, Run, Task
from shipway.dashboards.runs.resuming import RESUMABLE, RESUME_LOG
from shipway.dashboards.runs.texts import shown
from shipway.runner.home import Home

TASKS_A_PAGE = 150
FAILURES_SHOWN = 50
RESUME_LOG_BYTES = 6000


@dataclass(frozen=True)
class RunPage:
    """One run. `rows` is a page of its tasks; `earlier` and `later` are the numbers of other pages, None for none."""

    run: Run
    graph: RunGraph
    bars: Bars
    rows: Sequence[Task]
    counts: str
    page: int
    earlier: int | None
    later: int | None
    failures: Sequence[Task]
    failure_count: int
    waiting: Sequence[Task]
    parameters: Sequence[tuple[str, str]]
    steps: Mapping[str, Step]
    outcome: Outcome
    logs: frozenset[str]
    resumable: bool
    resume_log: str
    problems: Sequence[str]


def run_page(
    home: Home, queries: Queries, run_id: str, now_ms: float, page: int = 1, fold: bool | None = None
) -> RunPage:
    """The page of a run. Raises `NoSuchRun`, and the store's fault where nothing is known without it."""
    run = read_run(home, queries, run_id)
    flow, damage = flow_of_run(home.runs / run_id) if run.in_home else (NO_FLOW, "")
    tasks = all_tasks(run, flow)
    pages = max(1, -(-len(tasks) // TASKS_A_PAGE))
    page = min(max(page, 1), pages)
    failures = [task for task in tasks if task.state in (FAILED, INTERRUPTED)]
    return RunPage(
        run=run,
        graph=run_graph(run, flow, tasks, fold),
        bars=gantt(run, tasks, now_ms),
        rows=tasks[(page - 1) * TASKS_A_PAGE : page * TASKS_A_PAGE],
        counts=_counts(tasks),
        page=page,
        earlier=page - 1 if page > 1 else None,
        later=page + 1 if page < pages else None,
        failures=failures[:FAILURES_SHOWN],
        failure_count=len(failures),
        waiting=[task for task in tasks if task.state == WAITING and task.sentence][:FAILURES_SHOWN],
        parameters=[(name, shown(value)) for name, value in run.parameters.items()],
        steps={step.name: step for step in flow.steps},
        outcome=outcome_of(run),
        logs=frozenset(logs_of(home, run_id)),
        resumable=run.in_home and run.state in RESUMABLE,
        resume_log=resume_log(home.runs / run_id) if run.in_home else "",
        problems=[*run.problems, *([damage] if damage else [])],
    )


def _counts(tasks: Sequence[Task]) -> str:
    """How many steps there are in which state: 12: 9 succeeded, 3 waiting."""
    counts = Counter(task.state for task in tasks)
    states = ", ".join(f"{number} {state.lower()}" for state, number in counts.most_common())
    return f"{len(tasks):,}: {states}" if tasks else "none yet"


def resume_log(folder: Path) -> str:
    """The end of what processes said that went on with the run for the dashboards."""
    try:
        return part_before(folder / RESUME_LOG, length=RESUME_LOG_BYTES).text
    except OSError:
        return ""
