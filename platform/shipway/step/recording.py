"""Recording a step's execution where no runner watches it: in a pod, the step itself tells the metadata store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from shipway.artifacts import DIGEST, FOUND_TYPE, Artifact
from shipway.errors import ShipwayError
from shipway.lineage import ArtifactRecord, TaskIdentity
from shipway.lineage.spool import Recording
from shipway.lineage.spool.operation import Execution
from shipway.settings import MetadataAddress
from shipway.step.context import RunIdentity
from shipway.step.execution import execute_call
from shipway.step.executor_input import Call, read_call
from shipway.step.pod import Pod, own_uris
from shipway.step.step import Step
from shipway.step.verdict import StepVerdict


def execute_recorded(
    step: Step, executor_input: Mapping[str, Any], metadata: MetadataAddress | None, pod: Pod | None = None
) -> dict[str, Any]:
    """Run the step in its pod and record it in the store at `metadata`, or only run it where there is no store.

    A failure is recorded with its sentence, and a verdict with its evidence: Kubeflow Pipelines itself keeps nothing of
    a failed step. A service that is down fails no step: its record waits in the spool.
    """
    pod = pod or Pod.from_environment()
    call = read_call(step, executor_input, needs_files=False)
    own = own_uris(call)
    hand_over = partial(pod.hand_over, step, call, own)
    if metadata is None:
        pod.bring_inputs(step, call)
        return execute_call(step, call, hand_over=hand_over)
    recording = Recording.open(metadata)
    try:
        with _recorded(recording, step, call, pod, own) as execution:
            pod.bring_inputs(step, call)
            output = execute_call(step, call, lineage=recording.queries(), hand_over=hand_over)
            recording.complete(execution, _output_records(step, output["artifacts"]), output["parameterValues"])
        return output
    finally:
        recording.close()


@contextmanager
def _recorded(
    recording: Recording, step: Step, call: Call, pod: Pod, own: Mapping[str, str]
) -> Iterator[Execution]:  # fmt: skip
    identity = RunIdentity.of_output_file(call.output_file)
    task = TaskIdentity(identity.pipeline, identity.run_id, identity.task, step.reference, pod.name)
    execution = recording.begin(task, _input_records(call), call.parameters, "")
    try:
        yield execution
    except KeyboardInterrupt:
        recording.cancel(execution, "The step was stopped.")
        raise
    except StepVerdict as verdict:
        verdict.kept = pod.keep(own, verdict.kept)
        recording.fail(execution, str(verdict), _output_records(step, verdict.kept))
        raise
    except Exception as error:
        recording.fail(execution, str(error) if isinstance(error, ShipwayError) else f"{type(error).__name__}: {error}")
        raise


def _input_records(call: Call) -> dict[str, list[ArtifactRecord]]:
    wired = {name: value if isinstance(value, list) else [value] for name, value in call.inputs.items()}
    return {name: [_record(artifact) for artifact in artifacts if artifact] for name, artifacts in wired.items()}


def _record(artifact: Artifact) -> ArtifactRecord:
    metadata = dict(artifact.metadata)
    digest = str(metadata.pop(DIGEST, ""))
    type_name = str(metadata.pop(FOUND_TYPE, artifact.type_name))
    return ArtifactRecord(type_name, artifact.uri, metadata, digest, artifact.name)


def _output_records(step: Step, artifacts: Mapping[str, Any]) -> dict[str, list[ArtifactRecord]]:
    return {
        name: [_record(step.outputs[name].artifact_type(a["uri"], metadata=a["metadata"], name=a["name"]))]
        for name, listed in artifacts.items()
        for a in listed["artifacts"]
    }
