"""From a task that may start to its result: taken over, imported, answered from the cache, or tried in a process."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.errors import EnvironmentFault, ShipwayError
from shipway.lineage.spool.operation import Execution
from shipway.runner.cache import Cache
from shipway.runner.cache_key import cache_key
from shipway.runner.history import ENDED, NOTED, History
from shipway.runner.importers import STEP, imported_artifact, is_quick, readable_digest
from shipway.runner.invocation import check_artifact_types, read_outputs
from shipway.runner.outputs import ArtifactValue, Values, reachable_path
from shipway.runner.plan import LIGHT, Plan
from shipway.runner.preloading import Preloading
from shipway.runner.results import CANCELLED, FAILED, SKIPPED, SUCCEEDED, TaskResult
from shipway.runner.run_context import RunContext
from shipway.runner.scope import Node, State
from shipway.runner.selection import leaves_below
from shipway.runner.spec import Importer

if TYPE_CHECKING:
    from shipway.runner.attempts import Attempts, Trial

STATES = {SUCCEEDED: State.SUCCEEDED, FAILED: State.FAILED, CANCELLED: State.CANCELLED}


class TaskRunner:
    """Brings every task that the engine submits to an end. `results` are by task, in the order in which they ended."""

    def __init__(self, run: RunContext, history: History, use_cache: bool, limit: int, preloading: Preloading) -> None:
        self.results: dict[str, TaskResult] = {}
        self._run = run
        self._history = history
        self._use_cache = use_cache
        self._cache = Cache(run.home.cache, run.recorder.knows)
        self._limit = limit
        self._preloading = preloading

    def submit(self, node: Node) -> None:
        """Begin with a task whose inputs are known; `engine.finish` is called for it sooner or later.

        Raises a `ShipwayError` when the task cannot even be tried.
        """
        if not node.after_fresh and self._taken_over(node):
            return
        if isinstance(node.component.body, Importer):
            self._import(node)
            return
        began = time.monotonic()
        label = node.component.name
        try:
            plan = self._run.plan(node)
            label = plan.label
            check_artifact_types(node, plan, self._run.compiled.types)
            key = self._key(node, plan)
        except EnvironmentFault:
            raise
        except ShipwayError as error:
            self._untried(node, label, error)
            return
        outputs = self._cache.get(key) if key and self._use_cache else None
        if outputs is not None:
            self._run.recorder.cached(node, plan.label, key, outputs)
            seconds = time.monotonic() - began
            self._end(node, TaskResult(node.name, SUCCEEDED, True, seconds, "", outputs, plan.label))
            return
        self._preloading.begin(self.results)
        self._try(node, plan, key)

    def _untried(self, node: Node, label: str, error: ShipwayError) -> None:
        """A task that fails before it has a process: log and lineage tell of it as of any other."""
        self._log(node, "".join(traceback.format_exception(error)))
        self._run.recorder.fail(self._run.recorder.begin(node, label, ""), str(error))
        self._end(node, TaskResult(node.name, FAILED, sentence=str(error), step=label))

    def _log(self, node: Node, text: str) -> None:
        with contextlib.suppress(OSError), self._run.log(node).open("a", encoding="utf-8") as log:
            log.write(text)

    def cancel(self) -> None:
        """Stop what runs; a second call does so without ado."""
        self._attempts.cancel()

    @cached_property
    def _attempts(self) -> Attempts:
        from shipway.runner.attempts import Attempts

        return Attempts(self._run, self._limit, self._tried)

    def _try(self, node: Node, plan: Plan, key: str) -> None:
        from shipway.runner.attempts import Trial

        self._attempts.add(Trial(node, plan, key))

    def node_ended(self, node: Node, opened: bool) -> None:
        """Write down what came to no attempt: leaves that are skipped, and what failed before it could begin."""
        if opened or node.name in self.results:
            return
        if node.state is State.FAILED:
            self._log(node, f"Error: {node.sentence}\n")
            self._note(TaskResult(node.name, FAILED, sentence=node.sentence))
        state = CANCELLED if node.state is State.CANCELLED else SKIPPED
        sentence = f"task {node.name!r} failed" if node.state is State.FAILED else node.sentence
        for name in leaves_below(self._run.compiled.spec, node):
            if name not in self.results:
                self._note(TaskResult(name, state, sentence=sentence))

    def _note(self, result: TaskResult) -> None:
        self.results[result.name] = result
        self._run.journal.append(NOTED, task=result.name, **result.to_json())
        self._run.observer.task_finished(result)

    def _key(self, node: Node, plan: Plan) -> str:
        if not self._may_cache(node, plan):
            return ""
        surroundings = {"lineage": self._run.recorder.queries, "pipeline_name": self._run.compiled.name}
        return cache_key(node, plan, self._run.code, surroundings)

    def _may_cache(self, node: Node, plan: Plan) -> bool:
        """Exit tasks run always. KFP never caches steps that read beside their inputs; here the key holds that."""
        if node.task.runs_always:
            return False
        if plan.facts is None:
            return node.task.cached
        return plan.facts.cacheable and (node.task.cached or plan.facts.reads)

    def _taken_over(self, node: Node) -> bool:
        """Whether an earlier life of this run has the result already."""
        finished = self._history.finished.get(node.name)
        if finished is not None:
            outputs = Values.from_json(finished["outputs"])
            if all(artifact.exists for listed in outputs.artifacts.values() for artifact in listed):
                facts = {name: finished[name] for name in ("cached", "seconds", "step", "attempts")}
                result = TaskResult(node.name, SUCCEEDED, outputs=outputs, restored=True, **facts)
                self._end(node, result, journal=False)
                return True
        completed = self._history.take_completed(node.name)
        if completed is None:
            return False
        started, output = completed
        plan = self._run.plan(node)
        outputs = read_outputs(node, plan, output)
        self._run.recorder.complete(self._execution_of(node, plan, started), outputs)
        result = TaskResult(node.name, SUCCEEDED, outputs=outputs, step=plan.label, attempts=started["attempt"])
        self._end(node, replace(result, restored=True))
        return True

    def _execution_of(self, node: Node, plan: Plan, started: Mapping[str, Any]) -> Execution:
        """The execution of an attempt in an earlier life of the run, which may have been recorded in another store."""
        place = self._run.recorder.address.place
        if started.get("metadata", place) == place:
            return started["execution_id"]
        return self._run.recorder.begin(node, plan.label, "")

    def _tried(self, trial: Trial, outputs: Values | None) -> None:
        node, label = trial.node, trial.plan.label
        if outputs is None:
            state = CANCELLED if self._attempts.cancelled else FAILED
            result = TaskResult(
                node.name, state, False, trial.seconds, trial.failure, Values(), label, trial.attempts,
                evidence=trial.evidence,
            )  # fmt: skip
            self._end(node, result)
            return
        if trial.key:
            self._cache.put(trial.key, outputs, {"run_id": self._run.run_id, "task": node.name, "step": label})
        self._end(node, TaskResult(node.name, SUCCEEDED, False, trial.seconds, "", outputs, label, trial.attempts))

    def _import(self, node: Node) -> None:
        artifact = imported_artifact(self._run, node)
        path = reachable_path(artifact.uri)
        if path is None:
            self._imported(node, artifact)
        elif is_quick(path):
            self._imported(node, replace(artifact, digest=readable_digest(node, path)))
        else:
            self._digest_apart(node, artifact, path)

    def _digest_apart(self, node: Node, artifact: ArtifactValue, path: Path) -> None:
        from shipway.runner.pool import Ending, Process

        def ended(ending: Ending) -> None:
            if ending.result is not None:
                self._imported(node, replace(artifact, digest=ending.result["digest"]))
            else:
                sentence = ending.sentence or f"Digesting {artifact.uri!r} was stopped."
                self._end(node, TaskResult(node.name, FAILED, sentence=sentence, step=STEP))

        process = Process(lambda: self._run.observer.task_started(node.name, 1), lambda rows: None, ended)
        job = {
            "kind": "digest",
            "path": str(path),
            "log": str(self._run.log(node)),
            "environment": {},
            "folder": str(path),
        }
        self._run.pool.start(LIGHT, (), job, process)

    def _imported(self, node: Node, artifact: ArtifactValue) -> None:
        importer = node.component.body
        assert isinstance(importer, Importer)
        known = not importer.reimport and self._run.recorder.seems_known(artifact)
        self._run.recorder.imported(node, STEP, artifact, importer.reimport)
        outputs = Values({}, {name: [replace(artifact, name=name)] for name in node.component.output_artifacts})
        self._end(node, TaskResult(node.name, SUCCEEDED, known, 0.0, "", outputs, STEP))

    def _end(self, node: Node, result: TaskResult, journal: bool = True) -> None:
        """Write the end down before anything builds on it."""
        self.results[node.name] = result
        if journal:
            durable = result.state == SUCCEEDED and not result.cached
            self._run.journal.append(ENDED, durable=durable, task=node.name, **result.to_json())
        self._run.observer.task_finished(result)
        self._run.engine.finish(node, STATES[result.state], result.outputs, result.sentence, not result.restored)
