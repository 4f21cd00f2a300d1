"""Which artifacts of a home may go: those that a person's rule calls old and that nothing needs any more.

Needed is what a pushed model depends on, as long as it lies where it was pushed to, and whatever a run that is going on
has touched. An artifact is as old as its last use: one that a cached step answered with yesterday is a day old.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shipway.artifacts import size_of
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.records import WITH_FILES
from shipway.lineage.usage import NEVER
from shipway.runner.home import Home


@dataclass(frozen=True)
class Retention:
    """What is not kept: artifacts unused for `older_than` seconds, and outside the last `keep_last` runs of a pipeline.

    Where both are given, both must hold.
    """

    older_than: float | None = None
    keep_last: int | None = None


@dataclass(frozen=True)
class Doomed:
    """A folder that may be deleted, and what is recorded of it; `size` is in bytes."""

    path: Path
    artifacts: tuple[RecordedArtifact, ...]
    size: int


@dataclass(frozen=True)
class Plan:
    """What would go, and how many folders stay for which reason."""

    doomed: tuple[Doomed, ...]
    pushed: int
    in_use: int
    recent: int


@dataclass(frozen=True)
class Needs:
    """URIs and runs that keep artifacts."""

    pushed: frozenset[str]
    going_on: frozenset[str]
    last_runs: frozenset[str]
    newest_ms: float


def plan_collection(
    home: Home, queries: LineageQueries, retention: Retention, going_on: Iterable[str], now: float | None = None
) -> Plan:
    """Sort the artifacts below the home whose files are there, evidence of failed steps too.

    `going_on` are the ids of the runs that go on, `now` is in seconds.
    """
    folders = _folders(home, queries)
    usage = queries.usage([one.id for listed in folders.values() for one in listed])
    oldest = float("inf") if retention.older_than is None else (now or time.time()) - retention.older_than
    needs = Needs(
        pushed=frozenset(queries.artifacts_protected_by_pushed_models(still_pushed)),
        going_on=frozenset(going_on),
        last_runs=frozenset(_last_runs(queries, retention.keep_last)),
        newest_ms=oldest * 1000,
    )
    reasons: dict[str, list[Path]] = {"": [], "pushed": [], "in_use": [], "recent": []}
    for path, artifacts in folders.items():
        last_ms = max(max(usage.get(one.id, NEVER).last_ms, one.created_ms) for one in artifacts)
        runs = frozenset().union(*(usage.get(one.id, NEVER).run_ids for one in artifacts))
        reasons[_reason(needs, artifacts, last_ms, runs)].append(path)
    kept = {path for reason, paths in reasons.items() if reason for path in paths}
    around = {parent for path in kept for parent in path.parents}
    apart = [path for path in reasons[""] if path not in around and kept.isdisjoint(path.parents)]
    doomed = tuple(Doomed(path, tuple(folders[path]), size_of(path)) for path in sorted(apart))
    entangled = len(reasons[""]) - len(apart)
    return Plan(doomed, len(reasons["pushed"]), len(reasons["in_use"]) + entangled, len(reasons["recent"]))


def still_pushed(pushed: RecordedArtifact) -> bool:
    """Whether a pushed model still lies at its destination, as far as this machine can see."""
    destination = str(pushed.metadata.get("pushed_destination", ""))
    version = str(pushed.metadata.get("pushed_version", ""))
    if not destination or "://" in destination:
        return True
    path = Path(destination)
    return (path if path.name == version else path / version).exists()


def _folders(home: Home, queries: LineageQueries) -> dict[Path, list[RecordedArtifact]]:
    """Artifacts by their folder, as far as it lies, symbolic links resolved, below the home's artifacts."""
    root = home.artifacts.resolve()
    folders: dict[Path, list[RecordedArtifact]] = {}
    for one in queries.artifacts():
        if one.state in WITH_FILES and one.uri.startswith("/"):
            path = Path(one.uri).resolve()
            if path != root and path.is_relative_to(root):
                folders.setdefault(path, []).append(one)
    return folders


def _last_runs(queries: LineageQueries, count: int | None) -> set[str]:
    """The newest `count` runs of every pipeline."""
    kept: dict[str, list[str]] = {}
    for run in queries.runs() if count else []:
        kept.setdefault(run.pipeline, []).append(run.run_id)
    return {run_id for run_ids in kept.values() for run_id in run_ids[:count]}


def _reason(needs: Needs, artifacts: list[RecordedArtifact], last_ms: int, runs: frozenset[str]) -> str:
    """Why artifacts stay, "" when nothing keeps them."""
    if any(one.uri in needs.pushed for one in artifacts):
        return "pushed"
    if runs & needs.going_on:
        return "in_use"
    return "recent" if last_ms > needs.newest_ms or runs & needs.last_runs else ""
