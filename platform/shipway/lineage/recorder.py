"""Recording what tasks do, one transaction per transition, so that a kill between two leaves a true record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from shipway.lineage.calls import (
    artifacts_by_id,
    call,
    context_by_name,
    executions_by_external_id,
    executions_by_id,
    executions_of_context,
)
from shipway.lineage.executions import (
    Attempt,
    cache_key_of,
    is_lost,
    new_execution,
    set_returned,
    set_time,
    stamped,
    was_before,
)
from shipway.lineage.linking import KnownArtifacts, link, new_artifact
from shipway.lineage.live_runs import LiveRun, record_live, told_in
from shipway.lineage.messages import ENDED_MS
from shipway.lineage.opening import open_service
from shipway.lineage.protos import Artifact, ArtifactAndEvent, Context, Event, Execution
from shipway.lineage.queries import LineageQueries
from shipway.lineage.records import ArtifactMap, ArtifactRecord, TaskIdentity
from shipway.lineage.revoking import revoke
from shipway.lineage.run_ends import record_end
from shipway.lineage.service import ALREADY_EXISTS, MetadataService, MetadataStatus
from shipway.lineage.stamp import Stamp
from shipway.lineage.types import NODE, PIPELINE, PIPELINE_RUN, TypeRegistry
from shipway.lineage.values import clean
from shipway.settings import MetadataAddress

LOST = "The process that ran this attempt ended without a word (killed, or the machine went down)."
IMPORT_KEY = "artifact"
ATTEMPTS_AT_ONCE = 8
ENDED_WELL = (Execution.COMPLETE, Execution.CACHED)
NOTHING: ArtifactMap = {}


class Lineage:
    """The writing side of one metadata store; see the package's docstring for the calls and what they leave."""

    def __init__(self, service: MetadataService) -> None:
        self._service = service
        self._types = TypeRegistry(service)

    @classmethod
    def open(cls, address: Path | MetadataAddress, create: bool = True) -> Lineage:
        """The store at `address`, a file or a service. Raises an `EnvironmentFault` that names it and the way out."""
        return cls(open_service(address, create=create))

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

    def begin(
        self,
        task: TaskIdentity,
        inputs: ArtifactMap,
        parameters: Mapping[str, Any],
        cache_key: str,
        stamp: Stamp | None = None,
    ) -> int:
        """Record that `task` runs; the execution's id. An earlier attempt still RUNNING is recorded as FAILED.

        A record with a `stamp` that the store has already is not made again.
        """

        def begin(attempt: Attempt, last: Execution | None) -> int:
            if last is not None and was_before(last, stamp) and is_lost(last, task):
                self._end(last, Execution.FAILED, LOST)
            execution = new_execution(self._types, attempt, Execution.RUNNING, parameters, cache_key, stamp)
            return self._put(execution, self._link_inputs(inputs, KnownArtifacts(self._service, inputs)), task)

        return self._once(task, stamp, begin)

    def complete(
        self,
        execution_id: int,
        outputs: ArtifactMap,
        output_parameters: Mapping[str, Any],
        stamp: Stamp | None = None,
    ) -> None:
        """Record outputs and end of an execution, all or nothing; a second call is without effect."""
        with self.exclusive():
            execution = self._execution(execution_id)
            if execution.last_known_state in ENDED_WELL:
                return
            attempt = Attempt.of(execution)
            execution.last_known_state = Execution.COMPLETE
            if "error" in execution.properties:  # it was taken for lost
                del execution.properties["error"]
            set_returned(execution, output_parameters)
            set_time(execution, ENDED_MS, stamp)
            pairs = self._link_outputs(outputs, KnownArtifacts(self._service, outputs), attempt)
            self._put_end(execution, pairs, attempt.task)

    def cached(
        self,
        task: TaskIdentity,
        inputs: ArtifactMap,
        parameters: Mapping[str, Any],
        outputs: ArtifactMap,
        cache_key: str,
        output_parameters: Mapping[str, Any] | None = None,
        stamp: Stamp | None = None,
    ) -> int:
        """Record that `task` was answered from the cache, linked to the artifacts of then; the execution's id."""

        def cached(attempt: Attempt, last: Execution | None) -> int:
            if last is not None and last.last_known_state == Execution.CACHED and cache_key_of(last) == cache_key:
                return last.id
            execution = new_execution(self._types, attempt, Execution.CACHED, parameters, cache_key, stamp)
            set_returned(execution, output_parameters or {})
            known = KnownArtifacts(self._service, inputs, outputs)
            pairs = self._link_inputs(inputs, known) + self._link_outputs(outputs, known, attempt)
            return self._put(execution, pairs, task)

        return self._once(task, stamp, cached)

    def record_import(
        self, task: TaskIdentity, artifact: ArtifactRecord, reimport: bool = False, stamp: Stamp | None = None
    ) -> int:
        """Record an importer node, output key "artifact" as KFP has it; `reimport` records a known artifact anew."""

        def record(attempt: Attempt, last: Execution | None) -> int:
            if last is not None and last.last_known_state == Execution.COMPLETE:
                return last.id
            parameters = {"uri": artifact.uri, "reimport": reimport}
            execution = new_execution(self._types, attempt, Execution.COMPLETE, parameters, "", stamp)
            outputs = {IMPORT_KEY: [artifact]}
            known = KnownArtifacts(self._service, {} if reimport else outputs)
            return self._put(execution, self._link_outputs(outputs, known, attempt), task)

        return self._once(task, stamp, record)

    def fail(
        self, execution_id: int, sentence: str, evidence: ArtifactMap = NOTHING, stamp: Stamp | None = None
    ) -> None:
        """Record that an execution failed, why, and the outputs that show it; without effect on one that has ended.

        Evidence is ABANDONED, as ML Metadata calls what a failed execution leaves: whoever asks for an artifact to work
        with, asks for a LIVE one, TFX's resolvers too.
        """
        with self.exclusive():
            execution = self._execution(execution_id)
            if execution.last_known_state == Execution.RUNNING:
                self._end(execution, Execution.FAILED, sentence, stamp, evidence)

    def cancel(self, execution_id: int, sentence: str = "Cancelled.", stamp: Stamp | None = None) -> None:
        """Record that an execution was stopped; without effect on one that has ended."""
        with self.exclusive():
            execution = self._execution(execution_id)
            if execution.last_known_state == Execution.RUNNING:
                self._end(execution, Execution.CANCELED, sentence, stamp)

    def cancel_run(self, run_id: str, sentence: str = "Cancelled.", stamp: Stamp | None = None) -> int:
        """Record as cancelled whatever of a run is still RUNNING; how many executions that were.

        Told late, by `stamp`, it spares what began after it.
        """
        with self.exclusive():
            context = context_by_name(self._service, PIPELINE_RUN, run_id)
            executions = list(executions_of_context(self._service, context.id)) if context else []
            running = [
                one for one in executions if one.last_known_state == Execution.RUNNING and was_before(one, stamp)
            ]
            for execution in running:
                self._end(execution, Execution.CANCELED, sentence, stamp)
            return len(running)

    def end_run(self, run_id: str, state: str, at_ms: int) -> None:
        """Record that a run's runner has let go of it: SUCCEEDED, FAILED or CANCELED, milliseconds since the epoch.

        Recorded once; without effect on a run of which nothing was recorded.
        """
        with self.exclusive():
            record_end(self._service, run_id, state, at_ms)

    def go_on(self, live: LiveRun) -> None:
        """Record that a run goes on in a cluster, and which of its steps cannot; its end takes that back."""
        with self.exclusive():
            record_live(self._service, self._types, live)

    def end_vanished_run(self, run_id: str, state: str, at_ms: int, sentence: str) -> bool:
        """Record the end of a run that goes on as far as the store knows and is gone; what of it runs is cancelled.

        Whether it did: nobody else has ended the run meanwhile.
        """
        with self.exclusive():
            context = context_by_name(self._service, PIPELINE_RUN, run_id)
            if context is None or told_in(context).live is None:
                return False
            for execution in executions_of_context(self._service, context.id):
                if execution.last_known_state == Execution.RUNNING:
                    self._end(execution, Execution.CANCELED, sentence)
            record_end(self._service, run_id, state, at_ms)
            return True

    def explain(self, execution_id: int, sentence: str) -> None:
        """Say why an execution ended that was only known to have ended without a word."""
        with self.exclusive():
            execution = self._execution(execution_id)
            if execution.last_known_state == Execution.FAILED and execution.properties["error"].string_value == LOST:
                execution.properties["error"].string_value = clean(sentence)
                call(self._service, "PutExecutions", executions=[execution])

    def revoke(self, execution_id: int, sentence: str) -> None:
        """Record that what an execution put out was never stored, so that it failed after all."""
        with self.exclusive():
            revoke(self._service, execution_id, sentence)

    def execution_begun_by(self, record_id: str, task: TaskIdentity) -> int:
        """The id of the execution whose beginning had the stamp `record_id`. `KeyError` where none was stored."""
        found = stamped(self._attempts(task), record_id)
        if found is None:
            raise KeyError(f"the beginning of task {task.task!r} of run {task.run_id!r} was never stored")
        return found.id

    def mark_deleted(self, artifact_ids: Collection[int]) -> None:
        """Record that the files of these artifacts are gone; what was made from them stays linked to them."""
        with self.exclusive():
            artifacts = artifacts_by_id(self._service, artifact_ids)
            for artifact in artifacts:
                artifact.state = Artifact.DELETED
            call(self._service, "PutArtifacts", artifacts=artifacts)

    def _once(self, task: TaskIdentity, stamp: Stamp | None, make: Callable[[Attempt, Execution | None], int]) -> int:
        """The execution that `make` makes of the next attempt and the last one, unless it was made before.

        A service without a lock may give one number to two who begin at once; the later then takes the next.
        """
        with self.exclusive():
            for _ in range(ATTEMPTS_AT_ONCE):
                attempts = self._attempts(task)
                stored = stamped(attempts, stamp.id) if stamp else None
                if stored is not None:
                    return stored.id
                last = max(attempts, key=lambda one: one.id, default=None)
                try:
                    return make(Attempt(task, len(attempts) + 1), last)
                except MetadataStatus as status:
                    if stamp is None or status.code != ALREADY_EXISTS:
                        raise
                    clash = status
            raise clash

    def _attempts(self, task: TaskIdentity) -> list[Execution]:
        """All attempts at a task, read some at a time by their external ids."""
        attempts: list[Execution] = []
        while True:
            keys = [Attempt(task, len(attempts) + ahead).key for ahead in range(1, ATTEMPTS_AT_ONCE + 1)]
            found = executions_by_external_id(self._service, keys)
            attempts += found
            if len(found) < ATTEMPTS_AT_ONCE:
                return attempts

    def _link_inputs(self, inputs: ArtifactMap, known: KnownArtifacts) -> list[ArtifactAndEvent]:
        return link(
            inputs,
            Event.INPUT,
            lambda record: known.find(record, same_type=False),
            lambda record, *_: new_artifact(self._types, record),
        )

    def _link_outputs(
        self, outputs: ArtifactMap, known: KnownArtifacts, attempt: Attempt, state: Any = Artifact.LIVE
    ) -> list[ArtifactAndEvent]:
        return link(
            outputs,
            Event.OUTPUT,
            lambda record: known.find(record, same_type=True),
            lambda record, key, index: new_artifact(self._types, record, attempt.output_name(key, index), state),
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

    def _put_end(self, execution: Execution, pairs: list[ArtifactAndEvent], task: TaskIdentity) -> None:
        """Store the end of an execution; that it was stored before, and the answer got lost, is no fault."""
        try:
            self._put(execution, pairs, task)
        except MetadataStatus as status:
            stored = status.code == ALREADY_EXISTS and self._execution(execution.id)
            if not stored or stored.last_known_state != execution.last_known_state:
                raise

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

    def _end(
        self,
        execution: Execution,
        state: Any,
        sentence: str,
        stamp: Stamp | None = None,
        evidence: ArtifactMap = NOTHING,
    ) -> None:
        execution.last_known_state = state
        execution.properties["error"].string_value = clean(sentence)
        set_time(execution, ENDED_MS, stamp)
        if not evidence:
            call(self._service, "PutExecutions", executions=[execution])
            return
        attempt = Attempt.of(execution)
        known = KnownArtifacts(self._service, evidence)
        self._put_end(execution, self._link_outputs(evidence, known, attempt, Artifact.ABANDONED), attempt.task)
