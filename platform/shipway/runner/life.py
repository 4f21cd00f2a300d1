"""One life of a run: from taking hold of it to its end, or to the kill that a later life goes on from."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shipway.errors import ShipwayError, UsageError
from shipway.runner.code_digests import CodeDigests
from shipway.runner.compiled import CompiledPipeline
from shipway.runner.engine import Engine
from shipway.runner.history import History
from shipway.runner.home import Home
from shipway.runner.interrupts import interrupts
from shipway.runner.journal import Journal, read_journal
from shipway.runner.loop import EventLoop
from shipway.runner.plan import plan_container
from shipway.runner.preloading import Preloading
from shipway.runner.recording import TaskRecorder
from shipway.runner.results import CANCELLED, FAILED, RunObserver, RunResult, TaskResult
from shipway.runner.run_context import RunContext
from shipway.runner.run_store import RunStore
from shipway.runner.scope import State
from shipway.runner.selection import Selection, select_until, selected_leaves
from shipway.runner.spec import Container
from shipway.runner.tasks import TaskRunner
from shipway.settings import MetadataAddress

RUN_STARTED, RUN_FINISHED = "run_started", "run_finished"
IMPORTS_LOG, CODE = "imports.log", "code.json"


class BadLimit(UsageError):
    """A bound on parallel tasks that would let none run."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} tasks at once would run none: give 1 or more.")


@dataclass(frozen=True)
class RunOptions:
    """How a run is worked on this time; see `run_pipeline`."""

    use_cache: bool
    until: str | None
    max_parallel: int | None
    observer: RunObserver
    metadata: MetadataAddress | None = None

    def address(self, home: Home) -> MetadataAddress:
        """The metadata store: the one that is asked for, or else the home's file."""
        return (self.metadata or MetadataAddress.of(home.metadata_db)).spooling_to(home.spool)

    @property
    def limit(self) -> int:
        """How many tasks may run at once. Raises `BadLimit`."""
        if self.max_parallel is not None and self.max_parallel < 1:
            raise BadLimit(self.max_parallel)
        return self.max_parallel or os.cpu_count() or 1


def live(
    store: RunStore,
    compiled: CompiledPipeline,
    request: Mapping[str, Any],
    options: RunOptions,
    create: Callable[[], None] = lambda: None,
) -> RunResult:
    """Work on a run until it has ended; `create` makes it when nothing stands in its way any more.

    Raises `UsageError`, `ContractError` and `EnvironmentFault` as `run_pipeline` says.
    """
    began = time.monotonic()
    selection = select_until(compiled.spec, options.until) if options.until else None
    check_runnable(compiled, selection)
    with ExitStack() as stack:
        recorder = TaskRecorder(options.address(store.home), compiled.name, store.run_id)
        stack.callback(recorder.close)
        create()
        stack.enter_context(store.locked())
        stack.enter_context(_importable([*compiled.folders, os.getcwd()]))
        history = History.of(read_journal(store.journal))
        run = _open_run(stack, store, compiled, request, recorder, options.observer)
        tasks = TaskRunner(run, history, options.use_cache, options.limit, Preloading(run, selection))
        run.engine = Engine(compiled.spec, tasks.submit, run.facts, selection, tasks.node_ended)
        names = [leaf.name for leaf in selected_leaves(compiled.spec, selection)]
        run.journal.append(RUN_STARTED)
        run.observer.run_started(store.run_id, compiled.name, names)
        _serve(run, tasks, request["parameters"])
        run.code.save()
        result = _result(run, request, list(tasks.results.values()), time.monotonic() - began)
        run.journal.append(RUN_FINISHED, state=result.state, seconds=result.seconds, durable=True)
        with suppress(ShipwayError):  # what has been done stands, whether or not lineage hears of its end
            run.recorder.end_run(result.state)
    run.observer.run_finished(result)
    return result


def check_runnable(compiled: CompiledPipeline, selection: Selection | None) -> None:
    """Refuse, before anything starts, a task that is sure to come and that this machine cannot run."""
    for leaf in selected_leaves(compiled.spec, selection):
        if leaf.certain and isinstance(leaf.component.body, Container):
            plan_container(leaf.name, leaf.component.body, compiled.steps)


def _open_run(
    stack: ExitStack,
    store: RunStore,
    compiled: CompiledPipeline,
    request: Mapping[str, Any],
    recorder: TaskRecorder,
    observer: RunObserver,
) -> RunContext:
    home = store.home
    journal = Journal(store.journal)
    stack.callback(journal.close)
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
    code = CodeDigests(home.compiled / CODE)
    run = RunContext(home, store.run_id, compiled, facts, journal, recorder, loop, imports_log, observer, code)
    stack.callback(run.close)
    return run


def _serve(run: RunContext, tasks: TaskRunner, parameters: Mapping[str, Any]) -> None:
    """The loop of a run, until nothing is left to do."""

    def stop() -> None:
        run.engine.cancel()
        tasks.cancel()

    try:
        with interrupts(run.loop, stop, run.recorder.hurry):
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
        run.recorder.end_run(FAILED)
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
