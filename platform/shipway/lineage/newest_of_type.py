"""Artifacts of one type, newest first and so many of them: of the whole store, or of one pipeline.

A pipeline's are those that its steps made or took: data that another pipeline read is this one's too.
"""

from __future__ import annotations

from itertools import islice

from shipway.lineage.calls import context_by_name, newest_artifacts, newest_contexts
from shipway.lineage.messages import to_recorded_artifact
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService
from shipway.lineage.types import PIPELINE
from shipway.lineage.values import clean


def newest_of_type(
    service: MetadataService, type_name: str, most: int, below: int | None = None
) -> list[RecordedArtifact]:
    """At most `most` artifacts of a type, from the newest on or from below an id."""
    newest = newest_artifacts(service, type_name, below=below, at_once=most)
    return [to_recorded_artifact(one) for one in islice(newest, most)]


def newest_of_pipeline(
    service: MetadataService, pipeline: str, type_name: str, most: int, below: int | None = None
) -> list[RecordedArtifact] | None:
    """The same of one pipeline; None for a pipeline of which nothing was recorded."""
    context = context_by_name(service, PIPELINE, clean(pipeline))
    if context is None:
        return None
    newest = newest_artifacts(service, type_name, context_id=context.id, below=below, at_once=most)
    return [to_recorded_artifact(one) for one in islice(newest, most)]


def newest_pipelines(service: MetadataService, most: int) -> list[str]:
    """Names of pipelines, those that first ran last in front."""
    return [one.name for one in islice(newest_contexts(service, PIPELINE), most)]
