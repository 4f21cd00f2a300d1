"""All runs by name, the newest first: what is in the home and what is in lineage, each run once.

Both are read whole once, then only what is new: a home of thousands of runs and a store of tens of thousands are listed
in milliseconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shipway.dashboards.runs.journals import read_request
from shipway.dashboards.runs.reading import Queries
from shipway.dashboards.runs.texts import moment, plain
from shipway.errors import EnvironmentFault
from shipway.lineage import RecordedRun
from shipway.lineage.bare_runs import newest_runs
from shipway.lineage.faults import MissingStore
from shipway.runner.home import Home
from shipway.runner.run_store import REQUEST

FRESH_SECONDS = 1.0


@dataclass(frozen=True)
class Listed:
    """One run; `pipeline` is "" where only a damaged folder is left of it."""

    run_id: str
    pipeline: str
    started_ms: float
    in_home: bool
    in_lineage: bool


@dataclass(frozen=True)
class Listing:
    """All runs, the newest first, and by pipeline; `problems` says what could not be read."""

    runs: Sequence[Listed] = ()
    by_pipeline: Mapping[str, Sequence[Listed]] = field(default_factory=dict)
    problems: Sequence[str] = ()


class Listings:
    """Keeps the listing of one home and store up to date, for any thread."""

    def __init__(self, home: Home, queries: Queries) -> None:
        self._home = home
        self._queries = queries
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._listing = Listing()
        self._requests: dict[str, tuple[int, str, float]] = {}
        self._recorded: list[RecordedRun] = []

    def now(self) -> Listing:
        """The listing, at most a second old."""
        with self._lock:
            if time.monotonic() - self._at > FRESH_SECONDS:
                self._listing = self._read()
                self._at = time.monotonic()
            return self._listing

    def _read(self) -> Listing:
        problems: list[str] = []
        try:
            self._recorded = newer(self._queries, self._recorded)
        except MissingStore:
            self._recorded = []
        except EnvironmentFault as fault:
            problems.append(f"Lineage cannot be read, so only runs of this home are sure to be listed: {fault}")
        found = {one.run_id: Listed(one.run_id, one.pipeline, one.created_ms, False, True) for one in self._recorded}
        try:
            self._read_folders()
        except OSError as error:
            problems.append(f"The runs in {str(self._home.runs)!r} cannot be listed: {error.strerror}.")
        for run_id, (_, pipeline, started_ms) in self._requests.items():
            recorded = found.get(run_id)
            known = recorded.pipeline if recorded else ""
            found[run_id] = Listed(run_id, pipeline or known, started_ms, True, recorded is not None)
        runs = sorted(found.values(), key=lambda one: (-one.started_ms, one.run_id))
        by_pipeline: dict[str, list[Listed]] = {}
        for one in runs:
            by_pipeline.setdefault(one.pipeline, []).append(one)
        return Listing(runs, by_pipeline, problems)

    def _read_folders(self) -> None:
        if not self._home.runs.is_dir():
            self._requests.clear()
            return
        seen = set()
        with os.scandir(self._home.runs) as entries:
            for entry in entries:
                if entry.is_dir() and not entry.name.startswith(".") and entry.name == plain(entry.name):
                    seen.add(entry.name)
                    self._read_request(entry)
        for gone in self._requests.keys() - seen:
            del self._requests[gone]

    def _read_request(self, entry: os.DirEntry[str]) -> None:
        try:
            modified = os.stat(os.path.join(entry.path, REQUEST)).st_mtime_ns
        except OSError:
            modified = 0
        known = self._requests.get(entry.name)
        if known is not None and known[0] == modified:
            return
        request, _ = read_request(self._home.runs / entry.name)
        started_ms = moment(request.get("started")) * 1000 or modified / 1e6
        self._requests[entry.name] = (modified, plain(request.get("pipeline", "")), started_ms)


def newer(queries: Queries, known: list[RecordedRun]) -> list[RecordedRun]:
    """The runs of lineage, of which only those that are not `known` yet are read.

    Where none of the known ones turns up, the store is another one, and everything was read.
    """
    places = {one.run_id: place for place, one in enumerate(known)}
    fresh: list[RecordedRun] = []
    for one in newest_runs(queries().service):
        if one.run_id in places:
            return fresh + known[places[one.run_id] :]
        fresh.append(one)
    return fresh
