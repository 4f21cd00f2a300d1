"""Every model that learned from an artifact's rows, what was found of each, and where each was pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.evaluations import Standing, standing_of
from shipway.dashboards.pages.artifacts.view import recorded
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import Use, makers_of
from shipway.lineage.learning import models_that_learned_from
from shipway.lineage.outcomes import outcomes_of

ON_A_PAGE = 100


@dataclass(frozen=True)
class ModelLine:
    """A model, what made it, and what became of it."""

    model: RecordedArtifact
    made_by: Use | None
    standing: Standing


@dataclass(frozen=True)
class Models:
    """A page of the answer to "which models saw these rows", the newest first; `count` is of all of them.

    `newer` and `older` are addresses of pages, "" where there is none.
    """

    artifact: RecordedArtifact
    lines: Sequence[ModelLine]
    count: int
    newer: str
    older: str


def models_of(queries: LineageQueries, artifact_id: str, page: int = 1) -> Models:
    """Page `page`, from 1 on, of the models that learned from an artifact. Raises `NoSuchArtifact`."""
    artifact = recorded(queries, artifact_id)
    models = models_that_learned_from(queries.service, artifact.id)[::-1]
    first = max(0, page - 1) * ON_A_PAGE
    shown = models[first : first + ON_A_PAGE]
    ids = [one.id for one in shown]
    outcomes, makers = outcomes_of(queries.service, ids), makers_of(queries.service, ids)
    address = f"/lineage/{artifact.id}/models?page="
    return Models(
        artifact=artifact,
        lines=[ModelLine(one, makers.get(one.id), standing_of(outcomes.get(one.id, ()))) for one in shown],
        count=len(models),
        newer=f"{address}{page - 1}" if page > 1 else "",
        older=f"{address}{page + 1}" if first + ON_A_PAGE < len(models) else "",
    )
