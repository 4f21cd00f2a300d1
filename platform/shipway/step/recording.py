"""Recording a step's execution where no runner watches it: in a pod, the step itself tells the metadata store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shipway.artifacts import DIGEST, FOUND_TYPE, Artifact
from shipway.errors import ShipwayError
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.step.context import RunIdentity
from shipway.step.execution import execute
from shipway.step.executor_input import Call, read_call
from shipway.step.step import Step


def execute_recorded(step: Step, executor_input: Mapping[str, Any], metadata: Path | None) -> dict[str, Any]:
    """Run the step and record it in the store at `metadata`, or only run it where there is no store.

    A failure is recorded with its sentence: Kubeflow Pipelines itself keeps no text of a failed step.
    """
    if metadata is None:
        return execute(step, executor_input)
    call = read_call(step, executor_input)
    lineage = Lineage.open(metadata)
    try:
        with _recorded(lineage, step, call) as execution_id:
            output = execute(step, executor_input, lineage=lineage.queries())
            lineage.complete(execution_id, _output_records(step, output), output["parameterValues"])
        return output
    finally:
        lineage.close()


@contextmanager
def _recorded(lineage: Lineage, step: Step, call: Call) -> Iterator[int]:
    identity = RunIdentity.of_output_file(call.output_file)
    task = TaskIdentity(identity.pipeline, identity.run_id, identity.task, step.reference)
    execution_id = lineage.begin(task, _input_records(call), call.parameters, "")
    try:
        yield execution_id
    except KeyboardInterrupt:
        lineage.cancel(execution_id, "The step was stopped.")
        raise
    except Exception as error:
        lineage.fail(
            execution_id, str(error) if isinstance(error, ShipwayError) else f"{type(error).__name__}: {error}"
        )
        raise


def _input_records(call: Call) -> dict[str, list[ArtifactRecord]]:
    wired = {name: value if isinstance(value, list) else [value] for name, value in call.inputs.items()}
    return {name: [_record(artifact) for artifact in artifacts if artifact] for name, artifacts in wired.items()}


def _record(artifact: Artifact) -> ArtifactRecord:
    metadata = dict(artifact.metadata)
    digest = str(metadata.pop(DIGEST, ""))
    type_name = str(metadata.pop(FOUND_TYPE, artifact.type_name))
    return ArtifactRecord(type_name, artifact.uri, metadata, digest, artifact.name)


def _output_records(step: Step, output: Mapping[str, Any]) -> dict[str, list[ArtifactRecord]]:
    return {
        name: [_record(step.outputs[name].artifact_type(a["uri"], metadata=a["metadata"], name=a["name"]))]
        for name, listed in output["artifacts"].items()
        for a in listed["artifacts"]
    }
