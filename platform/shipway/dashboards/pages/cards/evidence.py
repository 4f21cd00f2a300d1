"""All that a card is made from: a model's story, what was written for it, its evaluation, the rows it learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.evaluations import EvaluationFound, evaluation_of, standing_of
from shipway.dashboards.evaluations.standing import MODEL
from shipway.dashboards.evaluations.verdicts import Verdict
from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.cards.training_data import DataFound, data_found
from shipway.dashboards.pages.cards.written import Written, written_for
from shipway.dashboards.pages.lineage.story import Story, story_of
from shipway.lineage import LineageQueries, RecordedArtifact, RecordedExecution
from shipway.lineage.about_rows import about_rows
from shipway.lineage.outcomes import outcomes_of
from shipway.runner.home import Home

MOST = 300
"""Artifacts and executions that are read behind a model: a page of its own has more of its story."""

SPANS_READ = 6
"""Of how many spans, the newest, the files of statistics and anomalies are read for a card."""


@dataclass(frozen=True)
class Evidence:
    """Everything on one model. `evaluation` is its newest, `found` what that holds, `judged` the verdict with it.

    `data` is of the newest spans.
    """

    model: RecordedArtifact
    story: Story
    written: Written
    evaluation: RecordedArtifact | None
    found: EvaluationFound | None
    judged: Verdict | None
    data: Sequence[DataFound]

    @property
    def training(self) -> RecordedExecution | None:
        return self.story.training

    @property
    def problems(self) -> list[str]:
        """What could not be read."""
        told = [*self.written.problems, *(self.found.problems if self.found else ())]
        return [*told, *(one for data in self.data for one in data.problems)]


class NoCard(NotFound):
    """An artifact that is no model."""

    def __init__(self, artifact: RecordedArtifact) -> None:
        super().__init__(
            f"Artifact {artifact.id} is {artifact.type_name[:100]!r} and has no model card, which a Model has: look "
            "for the model that it belongs to in its lineage."
        )


def evidence_of(home: Home, queries: LineageQueries, model: RecordedArtifact) -> Evidence:
    """Everything on a model. Raises `NoCard`."""
    if model.type_name != MODEL:
        raise NoCard(model)
    story = story_of(queries, str(model.id), MOST)
    evaluation = standing_of(outcomes_of(queries.service, [model.id]).get(model.id, [])).evaluation
    spans = newest_first(story.spans)[:SPANS_READ]
    about = about_rows(queries.service, [one.id for one in spans])
    return Evidence(
        model=model,
        story=story,
        written=written_for(model, story.training),
        evaluation=evaluation,
        found=evaluation_of(home, evaluation) if evaluation else None,
        judged=next((one for one in story.verdicts if one.evaluation and one.evaluation == evaluation), None),
        data=[data_found(home, one, about[one.id]) for one in spans],
    )


def newest_first(artifacts: Sequence[RecordedArtifact]) -> list[RecordedArtifact]:
    return sorted(artifacts, key=lambda one: -one.id)
