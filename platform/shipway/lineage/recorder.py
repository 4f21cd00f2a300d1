"""Recording what tasks do, one transaction per transition, so that a kill between two leaves a true record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipway.data.passwords import without_passwords
from shipway.lineage.calls import (
    artifacts_by_id,
    call,
    context_by_name,
    executions_by_external_id,
    executions_by_id,
    executions_of_context,
)
from shipway.lineage.embedded import EmbeddedService
from shipway.lineage.linking import KnownArtifacts, link, new_artifact
from shipway.lineage.messages import OUTPUT_PREFIX
from shipway.lineage.protos import Artifact, ArtifactAndEvent, Context, Event, Execution
from shipway.lineage.queries import LineageQueries
from shipway.lineage.records import ArtifactMap, ArtifactRecord, TaskIdentity
from shipway.lineage.service import MetadataService
from shipway.lineage.types import NODE, PIPELINE, PIPELINE_RUN, TypeRegistry
from shipway.lineage.values import clean, to_value

LOST = "The process that ran this attempt ended without a word (killed, or the machine went down)."
IMPORT_KEY = "artifact"
ATTEMPTS_AT_ONCE = 8


@dataclass(frozen=True)
class _Attempt:
    """One try of a task: MLMD knows it by `<pipeline>/<run>/<task>#<number>`."""

    task: TaskIdentity
    number: int

    @property
    def key(self) -> str:
        return clean(f"{self.task.pipeline}/{self.task.run_id}/{self.task.task}#{self.number}")

    def output_name(self, key: str, index: int) -> str:
        again = f"#{self.number}" if self.number > 1 else ""
        return f"{self.task.pipeline}:{self.task.run_id}:{self.task.task}:{key}:{index}{again}"


class Lineage:
    """The writing side of one metadata store; see the package's docstring for the calls and what they leave."""

    def __init__(self, service: MetadataService) -> None:
        self._service = service
        self._types = TypeRegistry(service)

    @classmethod
    def open(cls, path: Path, create: bool = True) -> Lineage:
        """The embedded store at `path`. Raises an `EnvironmentFault` that names the file and the way out."""
        return cls(EmbeddedService(path, create=create))

    def __enter__(self) -> Lineage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._service.close()

    def queries(self) -> LineageQueries:
        return LineageQueries(self._service)

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other process from recording, for a caller whose own read and write belong together."""
        return self._service.exclusive()

    def begin(self, task: TaskIdentity, inputs: ArtifactMap, parameters: Mapping[str, Any], cache_key: str) -> int:
        """Record that `task` runs; the execution's id. An earlier attempt still RUNNING is recorded as FAILED."""
        with self.exclusive():
            attempt, last = self._next_attempt(task)
            if last is not None and last.last_known_state == Execution.RUNNING:
                self._end(last, Execution.FAILED, LOST)
            execution = self._new_execution(attempt, Execution.RUNNING, parameters, cache_key)
            return self._put(execution, self._link_inputs(inputs, KnownArtifacts(self._service, inputs)), task)

    def complete(self, execution_id: int, outputs: ArtifactMap, output_parameters: Mapping[str, Any]) -> None:
        """Record outputs and end of an execution, all or nothing; a second call is without effect."""
        with self.exclusive():
            execution = self._execution(execution_id)
            if execution.last_known_state in (Execution.COMPLETE, Execution.CACHED):
                return
            attempt = _attempt_of(execution)
            execution.last_known_state = Execution.COMPLETE
            _set_outputs(execution, output_parameters)
            pairs = self._link_outputs(outputs, KnownArtifacts(self._service, outputs), attempt)
            self._put(execution, pairs, attempt.task)

    def cached(
        self,
        task: TaskIdentity,
        inputs: ArtifactMap,
        parameters: Mapping[str, Any],
        outputs: ArtifactMap,
        cache_key: str,
        output_parameters: Mapping[str, Any] | None = None,
    ) -> int:
        """Record that `task` was answered from the cache, linked to the artifacts of then; the execution's id."""
        with self.exclusive():
            attempt, last = self._next_attempt(task)
            if last is not None and last.last_known_state == Execution.CACHED and _cache_key(last) == cache_key:
                return last.id
            execution = self._new_execution(attempt, Execution.CACHED, parameters, cache_key)
            _set_outputs(execution, output_parameters or {})
            known = KnownArtifacts(self._service, inputs, outputs)
            pairs = self._link_inputs(inputs, known) + self._link_outputs(outputs, known, attempt)
            return self._put(execution, pairs, task)

    def record_import(self, task: TaskIdentity, artifact: ArtifactRecord, reimport: bool = False) -> int:
        """Record an importer node, output key "artifact" as KFP has it; `reimport` records a known artifact anew."""
        with self.exclusive():
            attempt, last = self._next_attempt(task)
            if last is not None and last.last_known_state == Execution.COMPLETE:
                return last.id
            execution = self._new_execution(
                attempt, Execution.COMPLETE, {"uri": artifact.uri, "reimport": reimport}, ""
            )
            outputs = {IMPORT_KEY: [artifact]}
            known = KnownArtifacts(self._service, {} if reimport else outputs)
            return self._put(execution, self._link_outputs(outputs, known, attempt), task)

    def fail(self, execution_id: int, sentence: str) -> None:
        """Record that an execution failed, and why; without effect on one that has ended."""
        self._end_if_running(execution_id, Execution.FAILED, sentence)

    def cancel(self, execution_id: int, sentence: str = "Cancelled.") -> None:
        self._end_if_running(execution_id, Execution.CANCELED, sentence)

    def cancel_run(self, run_id: str, sentence: str = "Cancelled.") -> int:
        """Record as cancelled whatever of a run is still RUNNING; how many executions that were."""
        with self.exclusive():
            context = context_by_name(self._service, PIPELINE_RUN, run_id)
            executions = list(executions_of_context(self._service, context.id)) if context else []
            running = [one for one in executions if one.last_known_state == Execution.RUNNING]
            for execution in running:
                self._end(execution, Execution.CANCELED, sentence)
            return len(running)

    def mark_deleted(self, artifact_ids: Collection[int]) -> None:
        """Record that the files of these artifacts are gone; what was made from them stays linked to them."""
        with self.exclusive():
            artifacts = artifacts_by_id(self._service, artifact_ids)
            for artifact in artifacts:
                artifact.state = Artifact.DELETED
            call(self._service, "PutArtifacts", artifacts=artifacts)

    def _next_attempt(self, task: TaskIdentity) -> tuple[_Attempt, Execution | None]:
        """The attempt to make next and the last one made; the caller holds `exclusive`."""
        last, number = None, 1
        while True:
            keys = [_Attempt(task, number + ahead).key for ahead in range(ATTEMPTS_AT_ONCE)]
            found = executions_by_external_id(self._service, keys)
            last = max(found, key=lambda one: one.id, default=last)
            number += len(found)
            if len(found) < ATTEMPTS_AT_ONCE:
                return _Attempt(task, number), last

    def _new_execution(self, attempt: _Attempt, state: Any, parameters: Mapping[str, Any], cache_key: str) -> Execution:
        task = attempt.task
        type_id = self._types.execution(task.step)
        execution = Execution(type_id=type_id, name=attempt.key, external_id=attempt.key, last_known_state=state)
        own = {"pipeline_name": task.pipeline, "run_id": task.run_id, "component_id": task.task, "cache_key": cache_key}
        for name, text in own.items():
            execution.properties[name].string_value = clean(text)
        for name, value in parameters.items():
            recorded = execution.custom_properties[clean(name)]
            recorded.CopyFrom(to_value(value))
            if recorded.HasField("string_value"):
                recorded.string_value = without_passwords(recorded.string_value)
        return execution

    def _link_inputs(self, inputs: ArtifactMap, known: KnownArtifacts) -> list[ArtifactAndEvent]:
        return link(
            inputs,
            Event.INPUT,
            lambda record: known.find(record, same_type=False),
            lambda record, *_: new_artifact(self._types, record),
        )

    def _link_outputs(self, outputs: ArtifactMap, known: KnownArtifacts, attempt: _Attempt) -> list[ArtifactAndEvent]:
        return link(
            outputs,
            Event.OUTPUT,
            lambda record: known.find(record, same_type=True),
            lambda record, key, index: new_artifact(self._types, record, attempt.output_name(key, index)),
        )

    def _put(self, execution: Execution, pairs: list[ArtifactAndEvent], task: TaskIdentity) -> int:
        response = call(
            self._service,
            "PutExecution",
            execution=execution,
            artifact_event_pairs=pairs,
            contexts=self._contexts(task),
            options={"reuse_context_if_already_exist": True},
        )
        return response.execution_id

    def _contexts(self, task: TaskIdentity) -> list[Context]:
        run = Context(type_id=self._types.context(PIPELINE_RUN), name=clean(task.run_id))
        run.custom_properties["pipeline_name"].string_value = clean(task.pipeline)
        node = clean(f"{task.pipeline}.{task.task}")
        return [
            Context(type_id=self._types.context(PIPELINE), name=clean(task.pipeline)),
            run,
            Context(type_id=self._types.context(NODE), name=node),
        ]

    def _execution(self, execution_id: int) -> Execution:
        found = executions_by_id(self._service, [execution_id])
        if not found:
            raise KeyError(f"execution {execution_id}")
        return found[0]

    def _end_if_running(self, execution_id: int, state: Any, sentence: str) -> None:
        with self.exclusive():
            execution = self._execution(execution_id)
            if execution.last_known_state == Execution.RUNNING:
                self._end(execution, state, sentence)

    def _end(self, execution: Execution, state: Any, sentence: str) -> None:
        execution.last_known_state = state
        execution.properties["error"].string_value = clean(sentence)
        call(self._service, "PutExecutions", executions=[execution])


def _set_outputs(execution: Execution, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        execution.custom_properties[OUTPUT_PREFIX + clean(name)].CopyFrom(to_value(value))


def _cache_key(execution: Execution) -> str:
    return execution.properties["cache_key"].string_value


def _attempt_of(execution: Execution) -> _Attempt:
    own = execution.properties
    pipeline, run_id, task = (own[name].string_value for name in ("pipeline_name", "run_id", "component_id"))
    number = execution.external_id.rpartition("#")[2]
    return _Attempt(TaskIdentity(pipeline, run_id, task, execution.type), int(number or 1))
