"""The models of one pipeline, version after version."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from shipway.artifacts import RESOLVED
from shipway.lineage.artifact_uses import Use, makers_of
from shipway.lineage.newest_of_type import newest_of_pipeline, newest_of_type
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService
from shipway.lineage.values import clean

MODEL = "Model"
PAGES_READ = 10
"""Pages of a pipeline's models that one question reads: those of others that it used are among them."""


@dataclass(frozen=True)
class MadeModel:
    """A model and what made it."""

    model: RecordedArtifact
    made_by: Use

    @property
    def pipeline(self) -> str:
        return self.made_by.execution.pipeline


def newest_models(
    service: MetadataService, pipeline: str, most: int, below: int | None = None
) -> list[MadeModel]:  # fmt: skip
    """At most `most` models that a pipeline's own steps made, of every state, newest first and with ids below `below`.

    What a Resolver or the cache put out again belongs to the pipeline that made it. [] for an unknown pipeline.
    """
    found: list[MadeModel] = []
    for _ in range(PAGES_READ):
        page = newest_of_pipeline(service, pipeline, MODEL, most + 1, below) or []
        found += [one for one in made_models(service, page) if one.pipeline == clean(pipeline)]
        if len(found) >= most or len(page) <= most:
            break
        below = page[-1].id
    return found[:most]


def newest_made_models(service: MetadataService, most: int) -> list[MadeModel]:
    """The newest models of all pipelines."""
    return made_models(service, newest_of_type(service, MODEL, most))


def made_models(service: MetadataService, models: Collection[RecordedArtifact]) -> list[MadeModel]:
    """Those of the models that something made, in their order; what a Resolver left that found none is no model."""
    makers = makers_of(service, [one.id for one in models])
    return [MadeModel(one, makers[one.id]) for one in models if one.id in makers and one.metadata.get(RESOLVED, 1)]
