"""Running a compiled pipeline on this machine, and going on with a run that was cut off."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shipway.errors import EnvironmentFault
from shipway.runner.compile import refresh
from shipway.runner.compiled import CompiledPipeline
from shipway.runner.home import Home
from shipway.runner.life import RunOptions, live
from shipway.runner.parameters import bind_parameters
from shipway.runner.results import RunObserver, RunResult
from shipway.runner.run_store import RunStore, new_run_id
from shipway.settings import MetadataAddress


class LostFolder(EnvironmentFault):
    """A run was started in a folder that is gone, and with it what relative paths meant."""

    def __init__(self, run_id: str, folder: Path) -> None:
        super().__init__(
            f"Run {run_id!r} was started in {str(folder)!r}, where its relative paths start, and that folder is gone: "
            "put it back, or start a new run."
        )


def run_pipeline(
    compiled: CompiledPipeline,
    parameters: Mapping[str, Any],
    *,
    home: Home,
    use_cache: bool = True,
    until: str | None = None,
    max_parallel: int | None = None,
    observer: RunObserver | None = None,
    run_id: str | None = None,
    metadata: MetadataAddress | None = None,
) -> RunResult:
    """Run a pipeline to its end; a task that fails is told in the result, not raised.

    Args:
        parameters: values by name; texts are read as the declared type.
        use_cache: False runs every step, also those with a cached result. Their results are kept all the same.
        until: run this task and what it depends on, nothing else.
        max_parallel: how many tasks may run at once; by default as many as this machine has cores.
        observer: is told what happens.
        run_id: the id of the run; by default a new one, sortable by time.
        metadata: where lineage is recorded; by default in the home.

    Raises a `UsageError` for parameters that do not fit, an unknown `until` and a `run_id` that is taken, a
    `ContractError` for a task that this machine cannot run, and an `EnvironmentFault` for the home. Ctrl-C and SIGTERM
    stop the run; its state is then CANCELLED.
    """
    bound = bind_parameters(compiled.name, compiled.spec.root, parameters)
    store = RunStore(home.create(), run_id or new_run_id(compiled.name))
    options = RunOptions(use_cache, until, max_parallel, observer or RunObserver(), metadata)
    request = {
        "pipeline": compiled.name,
        "target": compiled.target,
        "parameters": bound,
        "started": time.time(),
        "folder": os.getcwd(),
    }
    return live(store, compiled, request, options, lambda: store.create(compiled, request))


def resume_run(
    run_id: str,
    *,
    home: Home,
    use_cache: bool = True,
    until: str | None = None,
    max_parallel: int | None = None,
    observer: RunObserver | None = None,
    metadata: MetadataAddress | None = None,
) -> RunResult:
    """Go on with a run that failed, was cancelled or was killed, under its own id, pipeline and parameters.

    Tasks that have ended well are not run again; the code of the others is loaded as it is now, and relative paths
    start where the run was started. Raises `UnknownRun`, `RunIsActive`, `DamagedRun`, `LostFolder`, and what
    `run_pipeline` raises.
    """
    store = RunStore(home, run_id)
    request = store.request
    options = RunOptions(use_cache, until, max_parallel, observer or RunObserver(), metadata)
    folder = Path(request["folder"])
    if not folder.is_dir():
        raise LostFolder(run_id, folder)
    with _working_in(folder):
        return live(store, refresh(store.record, home), request, options)


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """Relative paths among a run's parameters start where the run was started."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
