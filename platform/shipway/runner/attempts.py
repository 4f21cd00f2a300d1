"""Trying a task in a process: a bound on how many run at once, timeouts, and more tries where they are allowed."""

from __future__ import annotations

import signal
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shipway.lineage.spool.operation import Execution
from shipway.runner.history import EVIDENCE_LEFT, STARTED, discard
from shipway.runner.invocation import attempt_folders, make_job, read_evidence, read_outputs
from shipway.runner.loop import Timer
from shipway.runner.outputs import NOTHING, Values
from shipway.runner.plan import Plan
from shipway.runner.pool import Ending, Process
from shipway.runner.run_context import RunContext
from shipway.runner.scope import Node

GRACE_SECONDS = 5.0
"""How long a process may take to tidy up after SIGTERM."""


@dataclass
class Trial:
    """A task on its way, over all its attempts. `failure` is the sentence of the last one, `evidence` what it left."""

    node: Node
    plan: Plan
    key: str
    began: float = field(default_factory=time.monotonic)
    attempts: int = 0
    execution: Execution = 0
    folders: tuple[Path, Path] = (Path(), Path())
    process: Process | None = None
    timers: list[Timer] = field(default_factory=list)
    stopped_because: str = ""
    failure: str = ""
    evidence: Values = NOTHING

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def stop_timers(self) -> None:
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


class Attempts:
    """Runs trials, at most `limit` at once; `ended` is called for each with its outputs, or None when it failed."""

    def __init__(self, run: RunContext, limit: int, ended: Callable[[Trial, Values | None], None]) -> None:
        self._run = run
        self._limit = limit
        self._ended = ended
        self._queue: deque[Trial] = deque()
        self._pausing: dict[int, Trial] = {}
        self._running: list[Trial] = []
        self.cancelled = False

    def add(self, trial: Trial) -> None:
        self._queue.append(trial)
        self._fill()

    def cancel(self) -> None:
        """Stop everything: politely, then not. What waits ends at once."""
        first = not self.cancelled
        self.cancelled = True
        waiting = [*self._queue, *self._pausing.values()]
        self._queue.clear()
        self._pausing.clear()
        for trial in list(self._running):
            self._stop(trial, "It was cancelled.", signal.SIGTERM if first else signal.SIGKILL)
        for trial in waiting:
            trial.stop_timers()
            self._ended(trial, None)

    def _fill(self) -> None:
        while self._queue and len(self._running) < self._limit and not self.cancelled:
            self._start(self._queue.popleft())

    def _start(self, trial: Trial) -> None:
        run, node = self._run, trial.node
        trial.attempts += 1
        trial.stopped_because = ""
        trial.folders = attempt_folders(run.task_folder(node), trial.plan, str(uuid.uuid4()))
        log = run.log(node)
        job = make_job(node, trial.plan, trial.folders, run.engine.facts_of(node), log, run.recorder.address)
        trial.execution = run.recorder.begin(node, trial.plan.label, trial.key)
        folder, final_folder = map(str, trial.folders)
        run.journal.append(
            STARTED, task=node.name, attempt=trial.attempts, execution_id=trial.execution,
            metadata=run.recorder.address.place, folder=folder, final_folder=final_folder,
        )  # fmt: skip
        trial.process = Process(
            on_start=lambda: self._started(trial),
            on_progress=lambda rows: run.observer.task_progress(node.name, rows),
            on_end=lambda ending: self._process_ended(trial, ending),
        )
        self._running.append(trial)
        run.pool.start(trial.plan.zygote, trial.plan.modules, job, trial.process)

    def _started(self, trial: Trial) -> None:
        self._run.observer.task_started(trial.node.name, trial.attempts)
        if trial.stopped_because and trial.process:
            trial.process.stop(signal.SIGTERM)
        if trial.plan.timeout:
            limit = trial.plan.timeout
            sentence = f"It was stopped after {limit:g} s, its timeout: allow it more, or give it less data."
            timer = self._run.loop.later(limit, lambda: self._stop(trial, sentence, signal.SIGTERM))
            trial.timers.append(timer)

    def _stop(self, trial: Trial, sentence: str, number: signal.Signals) -> None:
        trial.stopped_because = trial.stopped_because or sentence
        process = trial.process
        if process is None or process.ended:
            return
        if not process.pid:  # it waits for imports, and the zygote that would fork it ends with the run
            self._process_ended(trial, Ending(sentence=sentence, known=True))
            return
        process.stop(number)
        trial.timers.append(self._run.loop.later(GRACE_SECONDS, lambda: process.stop(signal.SIGKILL)))

    def _process_ended(self, trial: Trial, ending: Ending) -> None:
        if trial not in self._running:
            return
        trial.stop_timers()
        self._running.remove(trial)
        if ending.result is not None:
            outputs = read_outputs(trial.node, trial.plan, ending.result)
            self._run.recorder.complete(trial.execution, outputs)
            self._ended(trial, outputs)
        else:
            kept = {} if trial.stopped_because else ending.kept
            trial.evidence = read_evidence(trial.node, trial.plan, kept)
            self._failed(trial, trial.stopped_because or self._sentence(trial, ending))
        self._fill()

    def _failed(self, trial: Trial, sentence: str) -> None:
        trial.failure = sentence
        if not trial.evidence.artifacts:
            for folder in trial.folders:
                discard(str(folder))
        if self.cancelled:
            self._run.recorder.cancel(trial.execution)
            self._ended(trial, None)
            return
        self._run.recorder.fail(trial.execution, sentence, trial.evidence)
        if trial.evidence.artifacts:
            self._run.journal.append(EVIDENCE_LEFT, task=trial.node.name, folder=str(trial.folders[0]))
        pause = trial.node.task.retry.pause_after(trial.attempts, trial.seconds)
        if pause is None:
            self._ended(trial, None)
            return
        self._run.observer.task_retried(trial.node.name, trial.attempts, sentence, pause)
        self._pausing[id(trial)] = trial
        trial.timers.append(self._run.loop.later(pause, lambda: self._again(trial)))

    def _again(self, trial: Trial) -> None:
        del self._pausing[id(trial)]
        self.add(trial)

    def _sentence(self, trial: Trial, ending: Ending) -> str:
        log = self._run.log(trial.node)
        if ending.known:
            return ending.sentence
        if ending.sentence:
            return f"{ending.sentence} (trace in {log})."
        if ending.signal == signal.SIGKILL:
            return "It was killed (SIGKILL), most likely because memory ran out: give it less data or more memory."
        if ending.signal:
            name = signal.Signals(ending.signal).name
            return f"Its process crashed with {name}: see {log} for what it said last."
        return f"Its process ended without a result: see {log} for what it said last."
