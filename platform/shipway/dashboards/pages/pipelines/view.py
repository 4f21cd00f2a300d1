"""`/pipelines` and `/pipelines/{pipeline}`: what the pages show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shipway.dashboards.faults import NotFound
from shipway.dashboards.runs.bars import Bars, durations
from shipway.dashboards.runs.finding import Found, Wanted, find_runs
from shipway.dashboards.runs.listing import Listed, Listing
from shipway.dashboards.runs.newest import NewestArtifacts
from shipway.dashboards.runs.reading import Queries, read_run
from shipway.dashboards.runs.records import RUNNING, SUCCEEDED, ArtifactRef
from shipway.dashboards.runs.summaries import Budget, RunSummary, Summaries
from shipway.dashboards.runs.texts import shown
from shipway.errors import ShipwayError
from shipway.runner.home import Home

PIPELINES_A_PAGE = 20
MARKS = 10
CHARTED = 50
LOOKED_BACK = 30
"""How many runs before the marked ones are looked at for the last success."""


@dataclass(frozen=True)
class PipelineLine:
    """A pipeline in one line: `marks` are its last runs, the oldest first."""

    name: str
    marks: Sequence[RunSummary]
    total: int
    last: RunSummary
    last_success: RunSummary | None
    last_seconds: float | None
    spans: str
    model: ArtifactRef | None


@dataclass(frozen=True)
class PipelinesPage:
    """A page of pipelines, by name; `earlier` and `later` are numbers of pages, None for none."""

    lines: Sequence[PipelineLine]
    total: int
    earlier: int | None
    later: int | None
    problems: Sequence[str]


@dataclass(frozen=True)
class PipelinePage:
    """One pipeline. `parameters` are those of its last run."""

    name: str
    line: PipelineLine
    chart: Bars
    runs: Sequence[RunSummary]
    older: str
    newest: bool
    parameters: Sequence[tuple[str, str]]
    problems: Sequence[str]


class NoSuchPipeline(NotFound):
    """A pipeline of which nothing has run."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No run of a pipeline {name[:300]!r} is known: the list of pipelines has those that ran.")


def pipelines_page(listing: Listing, summaries: Summaries, artifacts: NewestArtifacts, page: int) -> PipelinesPage:
    """The pipelines that ran, a page of them."""
    names = sorted(name for name in listing.by_pipeline if name)
    pages = max(1, -(-len(names) // PIPELINES_A_PAGE))
    page = min(max(page, 1), pages)
    budget = Budget()
    artifacts.may_look_up(PIPELINES_A_PAGE // 2)
    chosen = names[(page - 1) * PIPELINES_A_PAGE : page * PIPELINES_A_PAGE]
    marked = {name: [summaries.of(one, budget) for one in listing.by_pipeline[name][:MARKS]] for name in chosen}
    return PipelinesPage(
        lines=[_line(listing.by_pipeline[name], marked[name], summaries, artifacts, budget) for name in chosen],
        total=len(names),
        earlier=page - 1 if page > 1 else None,
        later=page + 1 if page < pages else None,
        problems=listing.problems,
    )


def _line(
    listed: Sequence[Listed],
    newest: Sequence[RunSummary],
    summaries: Summaries,
    artifacts: NewestArtifacts,
    budget: Budget,
) -> PipelineLine:
    success = next((one for one in newest if one.state == SUCCEEDED), None)
    for one in listed[len(newest) : len(newest) + LOOKED_BACK] if success is None else ():
        summary = summaries.of(one, budget)
        if summary.state == SUCCEEDED:
            success = summary
            break
    ended = next((one for one in newest if one.state != RUNNING and one.seconds), None)
    made = artifacts.of(success) if success else None
    return PipelineLine(
        name=newest[0].pipeline,
        marks=list(reversed(newest[:MARKS])),
        total=len(listed),
        last=newest[0],
        last_success=success,
        last_seconds=ended.seconds if ended else None,
        spans=made.spans if made else "",
        model=made.model if made else None,
    )


def pipeline_page(
    home: Home,
    queries: Queries,
    listing: Listing,
    summaries: Summaries,
    artifacts: NewestArtifacts,
    name: str,
    before: str,
) -> PipelinePage:
    """One pipeline. Raises `NoSuchPipeline`."""
    listed = listing.by_pipeline.get(name, ()) if name else ()
    if not listed:
        raise NoSuchPipeline(name)
    budget = Budget(recorded=60)
    artifacts.may_look_up(1)
    found: Found = find_runs(listing, summaries, Wanted(pipeline=name), before, budget=budget)
    newest = [summaries.of(one, budget) for one in listed[:CHARTED]]
    line = _line(listed, newest, summaries, artifacts, budget)
    problems = list(listing.problems)
    try:
        parameters = _parameters(home, queries, listed[0].run_id)
    except ShipwayError as fault:
        parameters = []
        problems.append(str(fault))
    return PipelinePage(
        name, replace(line, name=name), durations(newest), found.runs, found.older, not before, parameters, problems
    )


def _parameters(home: Home, queries: Queries, run_id: str) -> list[tuple[str, str]]:
    """What the run was given; of a run elsewhere, what each of its steps was."""
    run = read_run(home, queries, run_id)
    if run.parameters or run.in_home:
        return [(name, shown(value)) for name, value in run.parameters.items()]
    return [
        (f"{task.name}.{name}", shown(value)) for task in run.tasks for name, value in sorted(task.parameters.items())
    ]
