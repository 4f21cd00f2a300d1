"""Every model that learned from an artifact's rows, what was found of each, and where each was pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.evaluations import Standing, standing_of
from shipway.dashboards.pages.artifacts.view import recorded
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import Use, makers_of
from shipway.lineage.learning import MOST_FOLLOWED, Learning
from shipway.lineage.listing import recorded_artifacts
from shipway.lineage.outcomes import outcomes_of

ON_A_PAGE = 50


@dataclass(frozen=True)
class ModelLine:
    """A model, what made it, and what became of it."""

    model: RecordedArtifact
    made_by: Use | None
    standing: Standing


@dataclass(frozen=True)
class Models:
    """A page of the answer to "which models saw these rows", the newest first; `count` is of all of them.

    Where it is not `is_whole` there are more, further from the rows than is followed. `newer` and `older` are addresses
    of pages, "" where there is none.
    """

    artifact: RecordedArtifact
    lines: Sequence[ModelLine]
    count: int
    is_whole: bool
    newer: str
    older: str


def models_of(
    queries: LineageQueries, learning: Learning, artifact_id: str, page: int = 1, everything: bool = False
) -> Models:
    """Page `page`, from 1 on, of the models that learned from an artifact: of those nearest to it, or of `everything`.

    Raises `NoSuchArtifact`.
    """
    artifact = recorded(queries, artifact_id)
    learned = learning.models_from(artifact.id, None if everything else MOST_FOLLOWED)
    models = learned.models[::-1]
    first = max(0, page - 1) * ON_A_PAGE
    ids = models[first : first + ON_A_PAGE]
    shown = recorded_artifacts(queries.service, ids)
    outcomes, makers = outcomes_of(queries.service, ids), makers_of(queries.service, ids)
    address = f"/lineage/{artifact.id}/models?{'all=1&' if everything else ''}page="
    return Models(
        artifact=artifact,
        lines=[ModelLine(shown[one], makers.get(one), standing_of(outcomes.get(one, ()))) for one in ids],
        count=len(models),
        is_whole=learned.is_whole,
        newer=f"{address}{page - 1}" if page > 1 else "",
        older=f"{address}{page + 1}" if first + ON_A_PAGE < len(models) else "",
    )
