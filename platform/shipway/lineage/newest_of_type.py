"""Artifacts of one type, newest first and so many of them: of the whole store, or of one pipeline.

A pipeline's are those that its steps made or took: data that another pipeline read is this one's too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from shipway.lineage.calls import PAGE, OrderBy, call, context_by_name, newest_contexts
from shipway.lineage.messages import to_recorded_artifact
from shipway.lineage.protos import Artifact, ListOperationOptions
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService
from shipway.lineage.types import PIPELINE
from shipway.lineage.values import clean


def newest_of_type(
    service: MetadataService, type_name: str, most: int, below: int | None = None
) -> list[RecordedArtifact]:
    """At most `most` artifacts of a type, from the newest on or from below an id."""
    pages = _pages(service, "GetArtifactsByType", most, _older_than(below), type_name=type_name)
    return [to_recorded_artifact(one) for one in islice(pages, most)]


def newest_of_pipeline(
    service: MetadataService, pipeline: str, type_name: str, most: int, below: int | None = None
) -> list[RecordedArtifact] | None:
    """The same of one pipeline; None for a pipeline of which nothing was recorded."""
    context = context_by_name(service, PIPELINE, clean(pipeline))
    if context is None:
        return None
    condition = " AND ".join(filter(None, (f"type = '{_plain(type_name)}'", _older_than(below))))
    pages = _pages(service, "GetArtifactsByContext", most, condition, context_id=context.id)
    return [to_recorded_artifact(one) for one in islice(pages, most)]


def newest_pipelines(service: MetadataService, most: int) -> list[str]:
    """Names of pipelines, those that first ran last in front."""
    return [one.name for one in islice(newest_contexts(service, PIPELINE), most)]


def _pages(service: MetadataService, method: str, most: int, condition: str, **fields: Any) -> Iterator[Artifact]:
    options = ListOperationOptions(
        max_result_size=min(most, PAGE),
        order_by_field=OrderBy(field=OrderBy.Field.ID, is_asc=False),
        filter_query=condition,
    )
    while True:
        response = call(service, method, options=options, **fields)
        yield from response.artifacts
        if not response.next_page_token:
            return
        options.next_page_token = response.next_page_token


def _older_than(below: int | None) -> str:
    return f"id < {int(below)}" if below is not None else ""


def _plain(type_name: str) -> str:
    """A type's name for a condition, which has no way to quote one."""
    if not type_name.isidentifier():
        raise ValueError(f"{type_name!r} is no name of an artifact type")
    return type_name
