"""Artifacts in lots: by their ids, or page by page as something that follows a store reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from shipway.lineage.calls import PAGE, OrderBy, artifacts_by_id, call
from shipway.lineage.messages import to_recorded_artifact
from shipway.lineage.protos import ListOperationOptions
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService

Page = list[RecordedArtifact]


def recorded_artifacts(service: MetadataService, ids: Collection[int]) -> dict[int, RecordedArtifact]:
    """Those of the ids that are recorded."""
    return {one.id: to_recorded_artifact(one) for one in artifacts_by_id(service, ids)}


def newest_pages(service: MetadataService, below: int | None = None) -> Iterator[Page]:
    """Pages of artifacts by falling id, from the newest on or from below an id."""
    return _pages(service, OrderBy.Field.ID, f"id < {int(below)}" if below is not None else "")


def last_changed_pages(service: MetadataService) -> Iterator[Page]:
    """Pages of artifacts by the time of their last change, the latest first."""
    return _pages(service, OrderBy.Field.LAST_UPDATE_TIME, "")


def _pages(service: MetadataService, field: Any, condition: str) -> Iterator[Page]:
    options = ListOperationOptions(max_result_size=PAGE, order_by_field=OrderBy(field=field, is_asc=False))
    if condition:
        options.filter_query = condition
    while True:
        response = call(service, "GetArtifacts", options=options)
        if response.artifacts:
            yield [to_recorded_artifact(one) for one in response.artifacts]
        if not response.next_page_token:
            return
        options.next_page_token = response.next_page_token
