"""The story of a model, for who has to answer for it: what it learned from, with which code, and who blessed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.dashboards.evaluations.standing import MODEL, PUSHED_MODEL
from shipway.dashboards.evaluations.verdicts import Verdict, blessings_in, newest_of_each_kind, verdicts_of
from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.artifacts.view import recorded
from shipway.lineage import LineageGraph, LineageQueries, RecordedArtifact, RecordedExecution
from shipway.lineage.learning import TELLING_ONLY
from shipway.lineage.neighbourhood import neighbourhood
from shipway.lineage.outcomes import Outcome, outcomes_of
from shipway.lineage.reviews import Review, reviews_of

EXAMPLES, SCHEMA = "Examples", "Schema"
MOST = 300
"""Artifacts and executions that are read for one story: those nearest to the model."""
MODULE_FILE, DIGEST_SUFFIX = "module_file", "_digest"


class NoStory(NotFound):
    """An artifact that is no model."""

    def __init__(self, artifact: RecordedArtifact) -> None:
        super().__init__(
            f"Artifact {artifact.id} is {artifact.type_name[:100]!r} and has no story, which a Model and a PushedModel "
            "have: look at its lineage."
        )


@dataclass(frozen=True)
class Code:
    """The code of one step of the training. `files`: parameter, module file, and the digest of that and all it imports.

    `key` is the step's cache key: a digest over its sources, the versions that it ran on, its parameters and inputs.
    """

    execution: RecordedExecution
    files: Sequence[tuple[str, str, str]]
    key: str


@dataclass(frozen=True)
class Story:
    """From what is served to the rows. `spans` are the Examples that came from outside; `is_whole`: nothing was cut.

    `reviews` are people's decisions, the newest first.
    """

    subject: RecordedArtifact
    model: RecordedArtifact | None
    pushed: Sequence[Outcome]
    training: RecordedExecution | None
    spans: Sequence[RecordedArtifact]
    schemas: Sequence[RecordedArtifact]
    base_models: Sequence[RecordedArtifact]
    code: Sequence[Code]
    verdicts: Sequence[Verdict]
    reviews: Sequence[Review]
    is_whole: bool


def story_of(queries: LineageQueries, artifact_id: str, most: int = MOST) -> Story:
    """The story of a Model or a PushedModel, of at most `most` nodes. Raises `NoSuchArtifact` and `NoStory`."""
    subject = recorded(queries, artifact_id)
    if subject.type_name not in (MODEL, PUSHED_MODEL):
        raise NoStory(subject)
    pushing = _around(queries, subject) if subject.type_name == PUSHED_MODEL else None
    model = subject if pushing is None else _input(pushing, subject.id, MODEL)
    if model is None:
        return Story(subject, None, (), None, (), (), (), (), (), (), True)
    outcomes = outcomes_of(queries.service, [model.id]).get(model.id, [])
    deciding = _deciding(outcomes, None if pushing is None else _inputs(pushing, subject.id))
    around = neighbourhood(queries.service, model.id, up=True, down=False, depth=None, most=most)
    graph = around.graph
    training = next(iter(graph.producers_of(model.id)), None)
    steps, artifacts = _learned_from(graph, model.id)
    return Story(
        subject=subject,
        model=model,
        pushed=[one for one in outcomes if one.artifact.type_name == PUSHED_MODEL],
        training=training,
        spans=[one for one in artifacts if one.type_name == EXAMPLES and _is_source(graph, one)],
        schemas=[one for one in artifacts if one.type_name == SCHEMA],
        base_models=[one for one in artifacts if one.type_name == MODEL],
        code=[_code(one) for one in steps],
        verdicts=verdicts_of(queries.service, deciding, outcomes),
        reviews=reviews_of(queries.service, [model.id])[model.id],
        is_whole=around.is_whole,
    )


def _learned_from(graph: LineageGraph, model_id: int) -> tuple[list[RecordedExecution], list[RecordedArtifact]]:
    """The steps from the rows to the model, the last first, and what they took.

    What a schema was inferred from is not on the way: the model did not learn from those rows.
    """
    makers: dict[int, list[int]] = {}
    inputs: dict[int, list[int]] = {}
    for edge in graph.edges:
        if edge.is_output:
            makers.setdefault(edge.artifact_id, []).append(edge.execution_id)
        else:
            inputs.setdefault(edge.execution_id, []).append(edge.artifact_id)
    steps: set[int] = set()
    taken: set[int] = set()
    frontier = {model_id}
    while frontier:
        new = {maker for one in frontier for maker in makers.get(one, ())} - steps
        steps |= new
        reached = {one for step in new for one in inputs.get(step, ())} - taken
        taken |= reached
        frontier = {one for one in reached if graph.artifacts[one].type_name not in TELLING_ONLY}
    return [graph.executions[one] for one in sorted(steps, reverse=True)], [
        graph.artifacts[one] for one in sorted(taken)
    ]


def _around(queries: LineageQueries, artifact: RecordedArtifact) -> LineageGraph:
    return neighbourhood(queries.service, artifact.id, up=True, down=False, depth=1, most=MOST).graph


def _inputs(graph: LineageGraph, artifact_id: int) -> list[RecordedArtifact]:
    makers = graph.producers_of(artifact_id)
    return graph.inputs_of(makers[0].id) if makers else []


def _input(graph: LineageGraph, artifact_id: int, type_name: str) -> RecordedArtifact | None:
    return next((one for one in _inputs(graph, artifact_id) if one.type_name == type_name), None)


def _is_source(graph: LineageGraph, examples: RecordedArtifact) -> bool:
    """Whether rows came in here: what made them took no Examples."""
    makers = graph.producers_of(examples.id)
    return not any(one.type_name == EXAMPLES for maker in makers for one in graph.inputs_of(maker.id))


def _deciding(outcomes: Sequence[Outcome], given: Sequence[RecordedArtifact] | None) -> list[Outcome]:
    """The blessings that a push was given; without a push the newest of each kind."""
    blessings = blessings_in(outcomes)
    if given is not None:
        ids = {one.id for one in given}
        return [one for one in blessings if one.artifact.id in ids]
    return newest_of_each_kind(blessings)


def _code(execution: RecordedExecution) -> Code:
    files = [
        (name, str(value), str(execution.parameters.get(name + DIGEST_SUFFIX, "")))
        for name, value in sorted(execution.parameters.items())
        if name.endswith(MODULE_FILE) and value
    ]
    return Code(execution, files, execution.cache_key)
