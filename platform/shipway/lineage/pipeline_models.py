"""The models of one pipeline, version after version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shipway.artifacts import RESOLVED
from shipway.lineage.artifact_uses import Use, makers_of
from shipway.lineage.calls import PAGE, OrderBy, call, context_by_name
from shipway.lineage.messages import to_recorded_artifact
from shipway.lineage.protos import ListOperationOptions
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService
from shipway.lineage.types import PIPELINE
from shipway.lineage.values import clean

MODEL = "Model"
PAGES_READ = 10
"""Pages of a pipeline's artifacts that one question reads: models of others that it used are among them."""


@dataclass(frozen=True)
class MadeModel:
    """A model and what made it."""

    model: RecordedArtifact
    made_by: Use


def newest_models(
    service: MetadataService, pipeline: str, most: int, below: int | None = None
) -> list[MadeModel]:  # fmt: skip
    """At most `most` models that a pipeline's own steps made, of every state, newest first and with ids below `below`.

    What a Resolver or the cache put out again belongs to the pipeline that made it. [] for an unknown pipeline.
    """
    context = context_by_name(service, PIPELINE, clean(pipeline))
    found: list[MadeModel] = []
    for page in _pages(service, context.id, most, below) if context is not None else ():
        makers = makers_of(service, [one.id for one in page])
        made = [MadeModel(one, makers[one.id]) for one in page if one.id in makers]
        found += [one for one in made if one.made_by.execution.pipeline == clean(pipeline)]
        if len(found) >= most:
            break
    return found[:most]


def _pages(service: MetadataService, context_id: int, most: int, below: int | None) -> Iterator[list[RecordedArtifact]]:
    newest_first = OrderBy(field=OrderBy.Field.ID, is_asc=False)
    options = ListOperationOptions(max_result_size=min(PAGE, most + 1), order_by_field=newest_first)
    options.filter_query = f"type = '{MODEL}'" + (f" AND id < {int(below)}" if below is not None else "")
    for _ in range(PAGES_READ):
        response = call(service, "GetArtifactsByContext", context_id=context_id, options=options)
        artifacts = [to_recorded_artifact(one) for one in response.artifacts]
        yield [one for one in artifacts if one.metadata.get(RESOLVED, 1)]
        if not response.next_page_token:
            return
        options.next_page_token = response.next_page_token
