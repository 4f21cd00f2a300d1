"""Finding runs in the listing: newest first, a page at a time, with an end to how many are looked up."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.runs.listing import Listed, Listing
from shipway.dashboards.runs.records import UNREAD
from shipway.dashboards.runs.summaries import Budget, RunSummary, Summaries


@dataclass(frozen=True)
class Wanted:
    """Which runs are looked for; "" is any. `text` is part of the run's id or of its pipeline's name."""

    pipeline: str = ""
    state: str = ""
    text: str = ""

    def may_be(self, listed: Listed) -> bool:
        text = self.text.lower()
        return not text or text in listed.run_id.lower() or text in listed.pipeline.lower()


@dataclass(frozen=True)
class Found:
    """Runs, and where to go on with older ones ("" where there are none).

    `looked_up` is False where the search ended early, because too many runs had to be looked up for it.
    """

    runs: Sequence[RunSummary]
    older: str = ""
    looked_up: bool = True


def find_runs(
    listing: Listing,
    summaries: Summaries,
    wanted: Wanted,
    before: str = "",
    limit: int = 30,
    budget: Budget | None = None,
) -> Found:
    """The newest `limit` runs that are wanted, of those before the place `before`, which an earlier answer named."""
    budget = budget or Budget()
    candidates = listing.by_pipeline.get(wanted.pipeline, ()) if wanted.pipeline else listing.runs
    runs: list[RunSummary] = []
    last = ""
    for listed in candidates[_start(candidates, before) :]:
        if not wanted.may_be(listed):
            continue
        if len(runs) == limit:
            return Found(runs, last)
        summary = summaries.of(listed, budget)
        if wanted.state and summary.state == UNREAD and not budget.allows(listed):
            return Found(runs, last or before, looked_up=False)
        last = place_of(listed)
        if wanted.state in ("", summary.state):
            runs.append(summary)
    return Found(runs)


def place_of(listed: Listed) -> str:
    """Where a run stands in the list, for an address: it holds when newer runs come and when this one goes."""
    return f"{listed.started_ms!r}:{listed.run_id}"


def _start(candidates: Sequence[Listed], before: str) -> int:
    moment, _, run_id = before.partition(":")
    try:
        place = (-float(moment), run_id)
    except ValueError:
        return 0
    return bisect_right(candidates, place, key=lambda one: (-one.started_ms, one.run_id))
