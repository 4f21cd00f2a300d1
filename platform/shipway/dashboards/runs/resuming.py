"""Going on with a run from the dashboards: `shipway run --resume RUN` in a process that outlives the server."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from shipway.dashboards.faults import RequestFault
from shipway.dashboards.runs.journals import is_run_folder, read_home_run
from shipway.dashboards.runs.records import CANCELLED, DAMAGED, FAILED, INTERRUPTED, RUNNING
from shipway.runner.home import Home
from shipway.runner.run import LostFolder
from shipway.runner.run_store import RunIsActive, RunStore, UnknownRun, run_ids
from shipway.runner.running import is_going_on
from shipway.settings import MetadataAddress

RESUME_LOG = "resume.log"
RESUMABLE = (FAILED, CANCELLED, INTERRUPTED)
START_SECONDS = 10.0
"""How long to wait until the new process works on the run, or has said why it cannot."""


class NothingToResume(RequestFault):
    """A run that has ended well."""

    def __init__(self, run_id: str, state: str) -> None:
        super().__init__(f"Run {run_id!r} is {state.lower()}: there is nothing left to go on with. Start a new run.")


class StillActive(RequestFault):
    """A run that a process works on."""

    def __init__(self, run_id: str) -> None:
        super().__init__(str(RunIsActive(run_id)))


class NoPipelineFile(RequestFault):
    """A run whose pipeline's file is not on this machine any more."""

    def __init__(self, run_id: str, path: Path) -> None:
        super().__init__(f"Run {run_id!r} cannot go on, its pipeline {str(path)!r} is not there: put it back.")


class Resumer:
    """Starts processes that go on with runs, one a run."""

    def __init__(self, home: Home, metadata: MetadataAddress | None) -> None:
        self._home = home
        self._metadata = metadata
        self._starting: set[str] = set()
        self._lock = threading.Lock()

    def check(self, run_id: str) -> Path:
        """Refuse what cannot be resumed; the folder in which the run was started.

        Raises `UnknownRun`, `DamagedRun`, `StillActive`, `NothingToResume`, `LostFolder` and `NoPipelineFile`.
        """
        if not is_run_folder(self._home, run_id):
            raise UnknownRun(run_id, self._home.path, run_ids(self._home))
        request = RunStore(self._home, run_id).request
        run = read_home_run(self._home, run_id)
        state = run.state if run else DAMAGED
        if state == RUNNING or run_id in self._starting:
            raise StillActive(run_id)
        if state not in RESUMABLE:
            raise NothingToResume(run_id, state)
        folder = Path(str(request.get("folder", "")))
        if not folder.is_dir():
            raise LostFolder(run_id, folder)
        file = pipeline_file(folder, str(request.get("target", "")))
        if file is not None and not file.is_file():
            raise NoPipelineFile(run_id, file)
        return folder

    def resume(self, run_id: str) -> None:
        """Start going on with the run, and return when that works on it, or has ended. Raises as `check` does."""
        with self._lock:
            folder = self.check(run_id)
            self._starting.add(run_id)
        try:
            process = self._start(run_id, folder)
            deadline = time.monotonic() + START_SECONDS
            while process.poll() is None and time.monotonic() < deadline:
                if is_going_on(self._home.runs / run_id):
                    break
                time.sleep(0.05)
        finally:
            self._starting.discard(run_id)
        threading.Thread(target=process.wait, name=f"resume {run_id}", daemon=True).start()

    def _start(self, run_id: str, folder: Path) -> subprocess.Popen[bytes]:
        """A session of its own: neither the server's end nor a Ctrl-C at its terminal ends the run."""
        with (self._home.runs / run_id / RESUME_LOG).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "shipway.cli", "run", f"--resume={run_id}"],
                cwd=folder,
                env={**os.environ, "SHIPWAY_HOME": str(self._home.path), **self._address()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _address(self) -> dict[str, str]:
        if self._metadata is None:
            return {}
        return {"SHIPWAY_METADATA": self._metadata.url or str(self._metadata.path)}


def pipeline_file(folder: Path, target: str) -> Path | None:
    """The file that a run's target names, None for a short name or a module, which are found by Python."""
    for name in (target, target.partition(":")[0]):
        if "/" in name or Path(name).suffix in (".py", ".yaml", ".yml", ".json"):
            path = folder / Path(name).expanduser()
            if path.is_file() or name == target.partition(":")[0]:
                return path
    return None
