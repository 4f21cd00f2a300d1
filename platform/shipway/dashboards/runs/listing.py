"""All runs by name, the newest first: what is in the home and what is in lineage, each run once.

Both are read whole once, then only what is new, and where nothing is, the listing stays the one it was: a home of
thousands of runs and a store of tens of thousands are listed in milliseconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

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
        recorded = self._recorded
        try:
            self._recorded = newer(self._queries, recorded)
        except MissingStore:
            self._recorded = recorded and []
        except EnvironmentFault as fault:
            problems.append(f"Lineage cannot be read, so only runs of this home are sure to be listed: {fault}")
        is_new = True
        try:
            is_new = self._read_folders()
        except OSError as error:
            problems.append(f"The runs in {str(self._home.runs)!r} cannot be listed: {error.strerror}.")
        if self._recorded is not recorded or is_new or problems != self._listing.problems:
            return self._joined(problems)
        return self._listing

    def _joined(self, problems: Sequence[str]) -> Listing:
        found = {one.run_id: Listed(one.run_id, one.pipeline, one.created_ms, False, True) for one in self._recorded}
        for run_id, (_, pipeline, started_ms) in self._requests.items():
            recorded = found.get(run_id)
            known = recorded.pipeline if recorded else ""
            found[run_id] = Listed(run_id, pipeline or known, started_ms, True, recorded is not None)
        runs = sorted(found.values(), key=lambda one: (-one.started_ms, one.run_id))
        by_pipeline: dict[str, list[Listed]] = {}
        for one in runs:
            by_pipeline.setdefault(one.pipeline, []).append(one)
        return Listing(runs, by_pipeline, problems)

    def _read_folders(self) -> bool:
        """Whether a run has come, gone or been given another request."""
        if not self._home.runs.is_dir():
            had_some = bool(self._requests)
            self._requests.clear()
            return had_some
        seen, is_new = set(), False
        with os.scandir(self._home.runs) as entries:
            for entry in entries:
                if entry.is_dir() and not entry.name.startswith(".") and entry.name == plain(entry.name):
                    seen.add(entry.name)
                    is_new |= self._read_request(entry)
        gone = self._requests.keys() - seen
        for name in gone:
            del self._requests[name]
        return is_new or bool(gone)

    def _read_request(self, entry: os.DirEntry[str]) -> bool:
        """Whether the run or its request is another than before."""
        try:
            modified = os.stat(os.path.join(entry.path, REQUEST)).st_mtime_ns
        except OSError:
            modified = 0
        known = self._requests.get(entry.name)
        if known is not None and known[0] == modified:
            return False
        request, _ = read_request(self._home.runs / entry.name)
        started_ms = moment(request.get("started")) * 1000 or modified / 1e6
        self._requests[entry.name] = (modified, plain(request.get("pipeline", "")), started_ms)
        return True


def newer(queries: Queries, known: list[RecordedRun]) -> list[RecordedRun]:
    """The runs of lineage, of which only those that are not `known` yet are read; `known` itself where there are none.

    Where none of the known ones turns up, the store is another one, and everything was read.
    """
    found = newest_runs(queries().service)
    newest = next(found, None)
    if newest is None:
        return known and []
    if known[:1] == [newest]:
        return known
    places = {one.run_id: place for place, one in enumerate(known)}
    fresh: list[RecordedRun] = []
    for one in chain((newest,), found):
        if one.run_id in places:
            return fresh + known[places[one.run_id] :]
        fresh.append(one)
    return fresh
