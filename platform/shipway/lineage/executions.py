"""Executions as the recorder writes them: messages of tries at tasks, and what it reads off those that are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.data.passwords import without_passwords
from shipway.lineage.messages import OUTPUT_PREFIX, POD_NAME, POD_NAMESPACE, RECORD_ID, STARTED_MS, began_ms, stamp_of
from shipway.lineage.protos import Execution
from shipway.lineage.records import TaskIdentity
from shipway.lineage.stamp import Stamp
from shipway.lineage.types import TypeRegistry
from shipway.lineage.values import clean, to_value


@dataclass(frozen=True)
class Attempt:
    """One try of a task: MLMD knows it by `<pipeline>/<run>/<task>#<number>`."""

    task: TaskIdentity
    number: int

    @classmethod
    def of(cls, execution: Execution) -> Attempt:
        """The try that a stored execution is."""
        own = execution.properties
        pipeline, run_id, task = (own[name].string_value for name in ("pipeline_name", "run_id", "component_id"))
        number = execution.external_id.rpartition("#")[2]
        return cls(TaskIdentity(pipeline, run_id, task, execution.type), int(number or 1))

    @property
    def key(self) -> str:
        return clean(f"{self.task.pipeline}/{self.task.run_id}/{self.task.task}#{self.number}")

    def output_name(self, key: str, index: int) -> str:
        again = f"#{self.number}" if self.number > 1 else ""
        return f"{self.task.pipeline}:{self.task.run_id}:{self.task.task}:{key}:{index}{again}"


def new_execution(
    types: TypeRegistry,
    attempt: Attempt,
    state: Any,
    parameters: Mapping[str, Any],
    cache_key: str,
    stamp: Stamp | None,
) -> Execution:
    """A try in its first state. Passwords in parameters are left out."""
    task = attempt.task
    type_id = types.execution(task.step)
    execution = Execution(type_id=type_id, name=attempt.key, external_id=attempt.key, last_known_state=state)
    own = {"pipeline_name": task.pipeline, "run_id": task.run_id, "component_id": task.task, "cache_key": cache_key}
    for name, text in own.items():
        execution.properties[name].string_value = clean(text)
    namespace, _, pod = task.pod.rpartition("/")
    for name, text in ((POD_NAME, pod), (POD_NAMESPACE, namespace)):
        if text:
            execution.properties[name].string_value = clean(text)
    if stamp is not None:
        execution.properties[RECORD_ID].string_value = stamp.id
    set_time(execution, STARTED_MS, stamp)
    for name, value in parameters.items():
        recorded = execution.custom_properties[clean(name)]
        recorded.CopyFrom(to_value(value))
        if recorded.HasField("string_value"):
            recorded.string_value = without_passwords(recorded.string_value)
    return execution


def set_returned(execution: Execution, values: Mapping[str, Any]) -> None:
    """The output parameters of a step that has ended."""
    for name, value in values.items():
        execution.custom_properties[OUTPUT_PREFIX + clean(name)].CopyFrom(to_value(value))


def set_time(execution: Execution, name: str, stamp: Stamp | None) -> None:
    """The store knows when it was told; of what it is told late, this is when it happened."""
    if stamp is not None and stamp.is_late:
        execution.properties[name].int_value = stamp.made_ms


def is_lost(last: Execution, following: TaskIdentity) -> bool:
    """Whether a try that runs can run no more, since the next one of its task begins.

    In a cluster the iterations of a loop are tries of one task and run side by side, each in its pod: of a pod that
    died the watcher tells.
    """
    runs_in_pods = POD_NAME in last.properties and following.pod
    return last.last_known_state == Execution.RUNNING and not runs_in_pods


def was_before(execution: Execution, stamp: Stamp | None) -> bool:
    """Whether an execution began before a record was made; any did that is not told late."""
    return stamp is None or not stamp.is_late or began_ms(execution) <= stamp.made_ms


def stamped(executions: Sequence[Execution], record_id: str) -> Execution | None:
    """The execution that the record of this id began."""
    return next((one for one in executions if stamp_of(one) == record_id), None)


def cache_key_of(execution: Execution) -> str:
    return execution.properties["cache_key"].string_value
