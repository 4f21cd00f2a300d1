"""`/runs`: what the list of runs shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from shipway.dashboards.runs.finding import Found, Wanted, find_runs
from shipway.dashboards.runs.listing import Listing
from shipway.dashboards.runs.records import STATES
from shipway.dashboards.runs.summaries import RunSummary, Summaries

RUNS_A_PAGE = 30
PIPELINES_OFFERED = 200


@dataclass(frozen=True)
class RunsPage:
    """A page of runs. `newest` and `older` are addresses, "" where there is nothing there."""

    runs: Sequence[RunSummary]
    wanted: Wanted
    pipelines: Sequence[str]
    states: Sequence[str]
    total: int
    newest: str
    older: str
    looked_up: bool
    problems: Sequence[str]


def runs_page(listing: Listing, summaries: Summaries, wanted: Wanted, before: str) -> RunsPage:
    """The runs that are wanted, from the place `before` on to older ones."""
    found = find_runs(listing, summaries, wanted, before, RUNS_A_PAGE)
    names = sorted(name for name in listing.by_pipeline if name)[:PIPELINES_OFFERED]
    chosen = [wanted.pipeline] if wanted.pipeline and wanted.pipeline not in names else []
    return RunsPage(
        runs=found.runs,
        wanted=wanted,
        pipelines=[*chosen, *names],
        states=STATES,
        total=len(listing.runs),
        newest=_address(wanted, "") if before else "",
        older=_older(wanted, found),
        looked_up=found.looked_up,
        problems=listing.problems,
    )


def _older(wanted: Wanted, found: Found) -> str:
    return _address(wanted, found.older) if found.older else ""


def _address(wanted: Wanted, before: str) -> str:
    given = {"pipeline": wanted.pipeline, "state": wanted.state, "q": wanted.text, "before": before}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/runs?{query}" if query else "/runs"
