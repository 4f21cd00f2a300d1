"""Taking back that an execution ended well: its step had done its work, and what it put out was never stored."""

from __future__ import annotations

from shipway.lineage.calls import artifacts_by_id, call, events_of_executions, executions_by_id
from shipway.lineage.graph import OUTPUTS
from shipway.lineage.protos import Artifact, Execution
from shipway.lineage.service import MetadataService
from shipway.lineage.values import clean


def revoke(service: MetadataService, execution_id: int, sentence: str) -> None:
    """Record a COMPLETE execution as FAILED, and its outputs as of no use; without effect on any other.

    The artifacts first: whoever asks in between finds none too many. The caller holds the lock.
    """
    found = executions_by_id(service, [execution_id])
    if not found or found[0].last_known_state != Execution.COMPLETE:
        return
    events = events_of_executions(service, [execution_id])
    made = artifacts_by_id(service, {one.artifact_id for one in events if one.type in OUTPUTS})
    alive = [one for one in made if one.state == Artifact.LIVE]
    for artifact in alive:
        artifact.state = Artifact.ABANDONED
    if alive:
        call(service, "PutArtifacts", artifacts=alive)
    execution = found[0]
    execution.last_known_state = Execution.FAILED
    execution.properties["error"].string_value = clean(sentence)
    call(service, "PutExecutions", executions=[execution])
