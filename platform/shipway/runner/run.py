"""Running a compiled pipeline on this machine, and going on with a run that was cut off."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

from shipway.errors import ShipwayError
from shipway.runner.compile import refresh
from shipway.runner.compiled import CompiledPipeline
from shipway.runner.engine import Engine
from shipway.runner.history import History
from shipway.runner.home import Home
from shipway.runner.interrupts import interrupts
from shipway.runner.journal import Journal, read_journal
from shipway.runner.loop import EventLoop
from shipway.runner.parameters import bind_parameters
from shipway.runner.plan import plan_container
from shipway.runner.preloading import Preloading
from shipway.runner.recording import TaskRecorder
from shipway.runner.results import CANCELLED, FAILED, RunObserver, RunResult, TaskResult
from shipway.runner.run_context import RunContext
from shipway.runner.run_store import RunStore, new_run_id
from shipway.runner.scope import State
from shipway.runner.selection import Selection, select_until, selected_leaves
from shipway.runner.spec import Container
from shipway.runner.tasks import TaskRunner

RUN_STARTED, RUN_FINISHED = "run_started", "run_finished"
IMPORTS_LOG = "imports.log"


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
) -> RunResult:
    """Run a pipeline to its end; a task that fails is told in the result, not raised.

    Args:
        parameters: values by name; texts are read as the declared type.
        use_cache: False runs every step, also those with a cached result. Their results are kept all the same.
        until: run this task and what it depends on, nothing else.
        max_parallel: how many tasks may run at once; by default as many as this machine has cores.
        observer: is told what happens.
        run_id: the id of the run; by default a new one, sortable by time.

    Raises a `UsageError` for parameters that do not fit, an unknown `until` and a `run_id` that is taken, a
    `ContractError` for a task that this machine cannot run, and an `EnvironmentFault` for the home. Ctrl-C and SIGTERM
    stop the run; its state is then CANCELLED.
    """
    bound = bind_parameters(compiled.name, compiled.spec.root, parameters)
    selection = select_until(compiled.spec, until) if until else None
    check_runnable(compiled, selection)
    store = RunStore(home.create(), run_id or new_run_id(compiled.name))
    request = {"pipeline": compiled.name, "target": compiled.target, "parameters": bound, "started": time.time()}
    store.create(compiled, request)
    return _run(store, compiled, request, selection, use_cache, max_parallel, observer or RunObserver())


def resume_run(
    run_id: str,
    *,
    home: Home,
    use_cache: bool = True,
    until: str | None = None,
    max_parallel: int | None = None,
    observer: RunObserver | None = None,
) -> RunResult:
    """Go on with a run that failed, was cancelled or was killed, under its own id, pipeline and parameters.

    Tasks that have ended well are not run again; the code of the others is loaded as it is now. Raises `UnknownRun`,
    `RunIsActive`, `DamagedRun`, and what `run_pipeline` raises.
    """
    store = RunStore(home, run_id)
    request = store.request
    compiled = refresh(store.compiled, home)
    selection = select_until(compiled.spec, until) if until else None
    check_runnable(compiled, selection)
    return _run(store, compiled, request, selection, use_cache, max_parallel, observer or RunObserver())


def check_runnable(compiled: CompiledPipeline, selection: Selection | None) -> None:
    """Refuse, before anything starts, a task that is sure to come and that this machine cannot run."""
    for leaf in selected_leaves(compiled.spec, selection):
        if leaf.certain and isinstance(leaf.component.body, Container):
            plan_container(leaf.name, leaf.component.body, compiled.steps)


def _run(
    store: RunStore,
    compiled: CompiledPipeline,
    request: Mapping[str, Any],
    selection: Selection | None,
    use_cache: bool,
    max_parallel: int | None,
    observer: RunObserver,
) -> RunResult:
    began = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(store.locked())
        stack.enter_context(_importable(compiled.folders))
        history = History.of(read_journal(store.journal))
        run = _open_run(stack, store, compiled, request, observer)
        limit = max_parallel or os.cpu_count() or 1
        tasks = TaskRunner(run, history, use_cache, limit, Preloading(run, selection))
        run.engine = Engine(compiled.spec, tasks.submit, run.facts, selection, tasks.node_ended)
        names = [leaf.name for leaf in selected_leaves(compiled.spec, selection)]
        run.journal.append(RUN_STARTED)
        observer.run_started(store.run_id, compiled.name, names)
        _serve(run, tasks, request["parameters"])
        result = _result(run, request, list(tasks.results.values()), time.monotonic() - began)
        run.journal.append(RUN_FINISHED, state=result.state, seconds=result.seconds, durable=True)
    observer.run_finished(result)
    return result


def _open_run(
    stack: ExitStack, store: RunStore, compiled: CompiledPipeline, request: Mapping[str, Any], observer: RunObserver
) -> RunContext:
    home = store.home
    journal = Journal(store.journal)
    stack.callback(journal.close)
    recorder = TaskRecorder(home.metadata_db, compiled.name, store.run_id)
    stack.callback(recorder.close)
    loop = EventLoop()
    stack.callback(loop.close)
    created = datetime.fromtimestamp(request["started"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    facts = {
        "pipeline_job_name": store.run_id,
        "pipeline_job_resource_name": store.run_id,
        "pipeline_job_uuid": store.run_id,
        "pipeline_root": str(home.artifacts),
        "pipeline_job_create_time_utc": created,
        "pipeline_job_schedule_time_utc": created,
    }
    imports_log = store.folder / IMPORTS_LOG
    run = RunContext(home, store.run_id, compiled, facts, journal, recorder, loop, imports_log, observer)
    stack.callback(run.close)
    return run


def _serve(run: RunContext, tasks: TaskRunner, parameters: Mapping[str, Any]) -> None:
    """The loop of a run, until nothing is left to do."""

    def stop() -> None:
        run.engine.cancel()
        tasks.cancel()

    try:
        with interrupts(run.loop, stop):
            run.engine.start(parameters)
            while run.engine.state is State.RUNNING:
                run.loop.step()
    except BaseException:
        _note_broken_off(run)
        raise
    if run.engine.state is State.CANCELLED:
        run.recorder.cancel_run()


def _note_broken_off(run: RunContext) -> None:
    """The run cannot go on (a full disk, say); what it was doing did not end, and whoever looks should see that."""
    try:
        run.recorder.cancel_run()
        run.journal.append(RUN_FINISHED, state=FAILED, seconds=0.0)
    except ShipwayError:
        return


def _result(run: RunContext, request: Mapping[str, Any], tasks: Sequence[TaskResult], seconds: float) -> RunResult:
    state = run.engine.state
    failed = next((task for task in tasks if task.state == FAILED), None)
    return RunResult(
        run_id=run.run_id,
        pipeline=run.compiled.name,
        state=CANCELLED if state is State.CANCELLED else state.value,
        seconds=seconds,
        tasks=tasks,
        parameters=dict(request["parameters"]),
        started=request["started"],
        target=request["target"],
        sentence=f"Task {failed.name!r} failed: {failed.sentence}" if failed else "",
    )


@contextmanager
def _importable(folders: Sequence[str]) -> Iterator[None]:
    """Let this process find the user's modules, as the processes of the steps do."""
    added = [folder for folder in folders if folder not in sys.path]
    sys.path[:0] = added
    try:
        yield
    finally:
        for folder in added:
            sys.path.remove(folder)
