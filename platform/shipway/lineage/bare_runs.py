"""Runs without their artifacts: for lists of many runs, where only states and times count."""

from __future__ import annotations

from collections.abc import Iterator

from shipway.lineage.calls import context_by_name, executions_of_context, newest_contexts_of_all_types
from shipway.lineage.messages import to_recorded_execution
from shipway.lineage.protos import Context
from shipway.lineage.records import RecordedExecution, RecordedRun
from shipway.lineage.service import MetadataService
from shipway.lineage.types import PIPELINE_RUN
from shipway.lineage.values import from_values


def newest_runs(service: MetadataService) -> Iterator[RecordedRun]:
    """Runs, newest first; pages are read as far as the caller goes."""
    for context in newest_run_contexts(service):
        pipeline = str(from_values(context.custom_properties).get("pipeline_name", ""))
        yield RecordedRun(context.name, pipeline, context.create_time_since_epoch)


def newest_run_contexts(service: MetadataService) -> Iterator[Context]:
    """Runs as ML Metadata has them, newest first. Nearly all contexts are runs, so that the others are read too."""
    return (one for one in newest_contexts_of_all_types(service) if one.type == PIPELINE_RUN)


def bare_executions(service: MetadataService, run_id: str) -> list[RecordedExecution]:
    """The executions of a run in the order in which they began, without artifacts; [] for an unknown run."""
    context = context_by_name(service, PIPELINE_RUN, run_id)
    if context is None:
        return []
    executions = executions_of_context(service, context.id)
    return [to_recorded_execution(one) for one in sorted(executions, key=lambda one: one.id)]
