"""Statistics of data that a validation refused: nothing later may be measured against them."""

from __future__ import annotations

from shipway.lineage.artifact_uses import STATISTICS_KEY
from shipway.lineage.calls import artifacts_by_id, events_of_artifacts, events_of_executions, executions_by_id
from shipway.lineage.graph import INPUTS, OUTPUTS
from shipway.lineage.messages import event_slots
from shipway.lineage.protos import Execution
from shipway.lineage.service import MetadataService

FINDINGS = "ExampleAnomalies"


def was_refused(service: MetadataService, statistics_id: int) -> bool:
    """Whether the newest validation of these statistics stopped its run on what it found.

    A validation is an execution that took them as what to judge and put out findings. One that failed before it found
    anything says nothing, and one that passes, after the schema was changed say, takes an earlier refusal back.
    """
    taken = [one for one in events_of_artifacts(service, [statistics_id]) if one.type in INPUTS]
    judges = {one.execution_id for one in taken if STATISTICS_KEY in dict(event_slots(one))}
    put_out = [one for one in events_of_executions(service, judges) if one.type in OUTPUTS]
    artifacts = artifacts_by_id(service, {one.artifact_id for one in put_out})
    findings = {one.id for one in artifacts if one.type == FINDINGS}
    newest = max((one.execution_id for one in put_out if one.artifact_id in findings), default=None)
    if newest is None:
        return False
    (validation,) = executions_by_id(service, [newest])
    return validation.last_known_state == Execution.FAILED
