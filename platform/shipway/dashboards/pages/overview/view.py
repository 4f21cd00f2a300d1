"""What the first page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from shipway.artifacts import RESOLVED
from shipway.dashboards.runs.listing import Listed
from shipway.dashboards.runs.reading import read_run
from shipway.dashboards.runs.records import DAMAGED, FAILED, INTERRUPTED, RUNNING, UNREAD
from shipway.dashboards.runs.shelf import Shelf
from shipway.dashboards.runs.summaries import Budget, RunSummary, Summaries
from shipway.errors import EnvironmentFault
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import makers_of
from shipway.lineage.faults import MissingStore
from shipway.lineage.outcomes import outcomes_of

LATEST_RUNS, PIPELINES = 8, 50
MODELS, PUSHES, SPANS = 5, 5, 8
TRANSFORMED = "transformed_examples"
"""The output of a Transform; its rows are those of an ExampleGen once more."""
NO = frozenset({"0", "0.0", "False"})
BROKEN = frozenset({FAILED, INTERRUPTED, DAMAGED})


@dataclass(frozen=True)
class Failure:
    """A pipeline's last run, which did not succeed, and why."""

    run: RunSummary
    sentence: str


@dataclass(frozen=True)
class ArtifactLine:
    """An artifact in one line: what made it, and what is worth knowing of it."""

    id: int
    type_name: str
    pipeline: str
    run_id: str
    state: str
    created_ms: int
    facts: Sequence[str]


@dataclass(frozen=True)
class Overview:
    """The latest runs, the pipelines whose last run did not succeed, and the newest of everything that lasts.

    `problems` says what could not be read.
    """

    runs: Sequence[RunSummary]
    failures: Sequence[Failure]
    models: Sequence[ArtifactLine] = ()
    pushes: Sequence[ArtifactLine] = ()
    spans: Sequence[ArtifactLine] = ()
    problems: Sequence[str] = ()


def overview(shelf: Shelf) -> Overview:
    """All of the page; a metadata store that is missing or out of reach leaves the rest of it."""
    listing = shelf.listing()
    budget = Budget()
    runs = [shelf.summaries.of(one, budget) for one in listing.runs[:LATEST_RUNS]]
    last = [_last_run(shelf.summaries, runs, budget) for runs in islice(listing.by_pipeline.values(), PIPELINES)]
    failures = [Failure(run, _sentence(shelf, run)) for run in last if run is not None and run.state in BROKEN]
    try:
        models, pushes, spans = _artifacts(shelf.queries())
    except MissingStore:
        return Overview(runs, failures, problems=listing.problems)
    except EnvironmentFault as fault:
        return Overview(runs, failures, problems=[*listing.problems, str(fault)])
    return Overview(runs, failures, models, pushes, spans, listing.problems)


def _last_run(summaries: Summaries, runs: Sequence[Listed], budget: Budget) -> RunSummary | None:
    """The newest of a pipeline's runs that is over."""
    for listed in runs:
        if not budget.allows(listed):
            return None
        summary = summaries.of(listed, budget)
        if summary.state not in (RUNNING, UNREAD):
            return summary
    return None


def _sentence(shelf: Shelf, run: RunSummary) -> str:
    """Why a run did not succeed."""
    found = read_run(shelf.home, shelf.queries, run.run_id)
    failed = next((task for task in found.tasks if task.state == FAILED and task.sentence), None)
    return f"{failed.name}: {failed.sentence}" if failed else next(iter(found.problems), "")


def _artifacts(queries: LineageQueries) -> tuple[list[ArtifactLine], list[ArtifactLine], list[ArtifactLine]]:
    models = _made(queries.artifacts("Model", 2 * MODELS))[:MODELS]
    pushes = _made(queries.artifacts("PushedModel", 2 * PUSHES))[:PUSHES]
    examples = _made(queries.artifacts("Examples", 3 * SPANS))
    verdicts = _verdicts(queries, models)
    makers = makers_of(queries.service, [one.id for one in (*models, *pushes, *examples)])
    spans = [one for one in examples if one.id in makers and makers[one.id].key != TRANSFORMED][:SPANS]

    def line(artifact: RecordedArtifact, facts: Sequence[str]) -> ArtifactLine:
        maker = makers.get(artifact.id)
        return ArtifactLine(
            id=artifact.id,
            type_name=artifact.type_name,
            pipeline=maker.execution.pipeline if maker else "",
            run_id=maker.execution.run_id if maker else "",
            state=artifact.state,
            created_ms=artifact.created_ms,
            facts=facts,
        )

    return (
        [line(one, [verdicts.get(one.id, "not evaluated")]) for one in models],
        [line(one, _facts(one, pushed_version="version", pushed_destination="")) for one in pushes],
        [line(one, _facts(one, span="span", rows="rows")) for one in spans],
    )


def _made(artifacts: Sequence[RecordedArtifact]) -> list[RecordedArtifact]:
    """Without what stands for nothing: a Resolver that found nothing puts out an artifact all the same."""
    return [one for one in artifacts if str(one.metadata.get(RESOLVED, 1)) not in NO]


def _verdicts(queries: LineageQueries, models: Sequence[RecordedArtifact]) -> dict[int, str]:
    """What the newest blessing of each model says."""
    found = outcomes_of(queries.service, [one.id for one in models])
    return {
        model_id: "blessed" if outcome.artifact.metadata.get("blessed") else "not blessed"
        for model_id, outcomes in found.items()
        for outcome in outcomes
        if outcome.artifact.type_name == "ModelBlessing"
    }


def _facts(artifact: RecordedArtifact, **names: str) -> list[str]:
    """Those of these properties that the artifact has, each with the word for it."""
    values = {name: artifact.metadata.get(key, "") for key, name in names.items()}
    return [f"{name} {value}".strip() for name, value in values.items() if value != ""]
