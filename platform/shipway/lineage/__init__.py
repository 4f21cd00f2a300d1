"""Lineage: which step made what from what. The only package that talks ML Metadata.

Writing, one call per transition of a task (`recorder.py`)::

    lineage = Lineage.open(home / "metadata.db")          # create=True; EnvironmentFault: corrupt, unwritable
    task = TaskIdentity(pipeline, run_id, task, step)
    id = lineage.begin(task, inputs, parameters, cache_key)               # RUNNING
    lineage.complete(id, outputs, output_parameters)                      # COMPLETE, outputs LIVE, one transaction
    lineage.fail(id, sentence, evidence)                                  # FAILED, evidence ABANDONED, one transaction
    lineage.cancel(id); lineage.cancel_run(run_id)                        # CANCELED
    lineage.end_run(run_id, "SUCCEEDED", at_ms)                           # the runner has let go of the run
    lineage.go_on(live)                                                   # a run goes on in a cluster, see live_runs.py
    lineage.explain(id, sentence); lineage.revoke(id, sentence)           # why it was lost; it failed after all
    lineage.cached(task, inputs, parameters, outputs, cache_key, output_parameters)  # CACHED, of the old artifacts
    lineage.record_import(task, artifact, reimport=False)                 # an importer node, output key "artifact"
    lineage.mark_deleted(artifact_ids)
    lineage.queries(); lineage.close()

`inputs` and `outputs` map a key to a sequence of `ArtifactRecord`. An artifact is found again by its URI and digest,
and recorded when the store has never seen it. `begin` on a task that a killed process left RUNNING records that
attempt as FAILED. A `Lineage` may be shared by threads, and reopens its file in a forked child.

Reading (`queries.py`), `LineageQueries.open(path)` or `lineage.queries()`: see that class.

What a task leaves in the store: contexts `pipeline`, `pipeline_run` and `node` (named `<pipeline>.<task>`) as TFX
writes them; an execution whose type is the step's reference, as TFX's is the component's class path, with the
properties `pipeline_name`, `run_id`, `component_id`, `cache_key` and `error`, its parameters as custom properties, what
it returned under `output:<name>`; artifacts with TFX's types; events with the path `[key, index]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shipway.lineage.records import (
    ArtifactRecord,
    LineageEdge,
    LineageGraph,
    RecordedArtifact,
    RecordedExecution,
    RecordedRun,
    TaskIdentity,
)

if TYPE_CHECKING:
    from shipway.lineage.queries import LineageQueries
    from shipway.lineage.recorder import Lineage

__all__ = [
    "ArtifactRecord",
    "Lineage",
    "LineageEdge",
    "LineageGraph",
    "LineageQueries",
    "RecordedArtifact",
    "RecordedExecution",
    "RecordedRun",
    "TaskIdentity",
]


def __getattr__(name: str) -> Any:
    """The two classes that load ML Metadata's engine are imported when first named."""
    if name == "Lineage":
        from shipway.lineage.recorder import Lineage

        return Lineage
    if name == "LineageQueries":
        from shipway.lineage.queries import LineageQueries

        return LineageQueries
    raise AttributeError(name)
