"""The folder of one run: what it was asked to do, what happened, and the lock that keeps two processes off it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shipway.artifacts import partial_sibling, storage_faults, write_text
from shipway.errors import EnvironmentFault, UsageError
from shipway.runner.compiled import CompiledPipeline
from shipway.runner.home import Home
from shipway.runner.parameters import closest

LOCK_SECONDS = 0.2
"""Who only looks whether a run goes on holds its lock for a moment too."""
REQUEST, SPEC, JOURNAL, LOCK = "request.json", "spec.json", "journal.jsonl", "lock"


class UnknownRun(UsageError):
    """A run id that the home does not have."""

    def __init__(self, run_id: str, home: Path, known: list[str]) -> None:
        there = f"the latest is {known[0]!r}" if known else "there are none yet"
        super().__init__(f"There is no run {run_id!r} in {str(home)!r}{closest(run_id, known)}: {there}.")


class RunExists(UsageError):
    """A run id that is taken."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"There is a run {run_id!r} already: choose another id, or resume it.")


class RunIsActive(EnvironmentFault):
    """Another process works on the run."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Run {run_id!r} is being worked on by another process: wait for it, or stop it first.")


class DamagedRun(EnvironmentFault):
    """A run's folder without what it needs to be shown or resumed."""

    def __init__(self, run_id: str, file: Path) -> None:
        super().__init__(f"Run {run_id!r} cannot be read, {str(file)!r} is missing or damaged: start a new run.")


def new_run_id(pipeline: str) -> str:
    """Sortable by time within a pipeline, such as taxi-20261121-153012-4f2a."""
    return f"{path_safe(pipeline)}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def path_safe(name: str) -> str:
    """A name with whatever a path cannot hold, or a shell would mind, replaced."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "pipeline"


class RunStore:
    """The files of the run `run_id`."""

    def __init__(self, home: Home, run_id: str) -> None:
        self.run_id = run_id
        self.home = home
        self.folder = home.runs / run_id

    @property
    def journal(self) -> Path:
        return self.folder / JOURNAL

    @property
    def request(self) -> dict[str, Any]:
        """The pipeline's name, target and parameters, and when the run was asked for. Raises `UnknownRun`."""
        if self.folder.parent != self.home.runs or not self.folder.is_dir():
            raise UnknownRun(self.run_id, self.home.path, run_ids(self.home))
        return self._read(REQUEST)

    @property
    def record(self) -> dict[str, Any]:
        """The compiled pipeline as it was when the run began."""
        return self._read(SPEC)

    def create(self, compiled: CompiledPipeline, request: Mapping[str, Any]) -> None:
        """Make the folder with all that a resume needs, whole or not at all. Raises `RunExists`."""
        if self.folder.exists():
            raise RunExists(self.run_id)
        partial = partial_sibling(self.folder)
        with storage_faults(self.folder):
            try:
                partial.mkdir(parents=True)
                write_text(partial / REQUEST, json.dumps(request))
                write_text(partial / SPEC, json.dumps(compiled.record))
                (partial / LOCK).touch()
                partial.rename(self.folder)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for this process. Raises `RunIsActive`. The kernel lets go of it when the process dies."""
        with storage_faults(self.folder):
            descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            deadline = time.monotonic() + LOCK_SECONDS
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise RunIsActive(self.run_id)
                time.sleep(0.01)
            yield
        finally:
            os.close(descriptor)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DamagedRun(self.run_id, self.folder / name) from error


def run_ids(home: Home) -> list[str]:
    """All runs of a home, the newest first."""
    if not home.runs.is_dir():
        return []
    folders = [entry for entry in os.scandir(home.runs) if entry.is_dir() and not entry.name.startswith(".")]
    return [entry.name for entry in sorted(folders, key=_began, reverse=True)]


def _began(entry: os.DirEntry[str]) -> float:
    try:
        return os.stat(os.path.join(entry.path, REQUEST)).st_mtime
    except OSError:
        return 0.0


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
