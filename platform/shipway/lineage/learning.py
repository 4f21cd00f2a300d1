"""Which models learned from rows: the auditor's question, followed over whatever carries the rows' content.

A schema and statistics say something about rows and a verdict says something about a model, and whole histories of
models share them; a model that took no more than those from a span did not learn from its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from shipway.lineage.artifact_uses import by_artifact, maker_event
from shipway.lineage.calls import artifacts_by_id, events_of_artifacts, events_of_executions, executions_by_id
from shipway.lineage.graph import INPUTS, OUTPUTS
from shipway.lineage.messages import to_recorded_artifact
from shipway.lineage.protos import Event, Execution
from shipway.lineage.records import RecordedArtifact
from shipway.lineage.service import MetadataService

TELLING_ONLY = frozenset(
    {
        "ExampleAnomalies",
        "ExampleStatistics",
        "InfraBlessing",
        "Metrics",
        "ModelBlessing",
        "ModelEvaluation",
        "ModelReview",
        "PushedModel",
        "Schema",
    }
)
"""Types that speak of rows or models and are not learned from."""

MODEL = "Model"
MOST_FOLLOWED = 500
"""Executions that are followed unless all are asked for: some 120 models, each trained on from the one before."""

MOST_REMEMBERED = 200_000
"""Executions; some 30 MB."""


def models_that_learned_from(service: MetadataService, artifact_id: int) -> list[RecordedArtifact]:
    """Every Model whose training the rows of an artifact went into, however indirectly, by id; deleted ones too."""
    found = artifacts_by_id(service, Learning(service).models_from(artifact_id, most=None).models)
    return [to_recorded_artifact(one) for one in sorted(found, key=lambda one: one.id)]


@dataclass(frozen=True)
class Learned:
    """Ids of models, in their order; the nearest of them where the answer is not `whole`."""

    models: Sequence[int]
    is_whole: bool


@dataclass(frozen=True)
class Carrier:
    """An artifact that carries on what the inputs of its execution held."""

    id: int
    is_model: bool


class Learning:
    """What became of rows in one store, for any thread.

    A model that is trained on from the one before has learned from all that the others saw, hundreds of runs back. So
    what executions made of their inputs is remembered: it never changes once they put something out.
    """

    def __init__(self, service: MetadataService) -> None:
        self._service = service
        self._made: dict[int, Sequence[Carrier]] = {}

    def models_from(self, artifact_id: int, most: int | None = MOST_FOLLOWED) -> Learned:
        """The models that learned from an artifact; about `most` executions are followed, None is all."""
        histories = Histories(self._service)
        seen, followed = {artifact_id}, set[int]()
        models: set[int] = set()
        frontier = {artifact_id}
        while frontier and (most is None or len(followed) < most):
            consumers = {one.execution_id for one in histories.of(frontier) if one.type in INPUTS} - followed
            followed |= consumers
            made = {one for one in self._made_by(consumers, histories) if one.id not in seen}
            models |= {one.id for one in made if one.is_model}
            frontier = {one.id for one in made}
            seen |= frontier
        return Learned(sorted(models), not frontier)

    def _made_by(self, executions: Collection[int], histories: Histories) -> Iterator[Carrier]:
        """What executions made, or answered from the cache, that carries on what they took."""
        unknown = [one for one in executions if one not in self._made]
        found = _read_carriers(self._service, unknown, histories) if unknown else {}
        if len(self._made) + len(found) > MOST_REMEMBERED:
            self._made.clear()
        known = [self._made.get(one, ()) for one in executions]
        self._made.update(found)
        return chain.from_iterable((*known, *found.values()))


class Histories:
    """The events of artifacts, each read once while one question is followed."""

    def __init__(self, service: MetadataService) -> None:
        self._service = service
        self._known: dict[int, Sequence[Event]] = {}

    def of(self, artifact_ids: Collection[int]) -> Iterator[Event]:
        unknown = [one for one in artifact_ids if one not in self._known]
        found = by_artifact(events_of_artifacts(self._service, unknown))
        self._known.update((one, found.get(one, ())) for one in unknown)
        return chain.from_iterable(self._known[one] for one in artifact_ids)

    def makers(self, artifact_ids: Collection[int]) -> dict[int, int]:
        """The execution that made each of the artifacts."""
        events = by_artifact(self.of(artifact_ids))
        makers = {artifact_id: maker_event(of_it) for artifact_id, of_it in events.items()}
        return {artifact_id: maker.execution_id for artifact_id, maker in makers.items() if maker}


def _read_carriers(
    service: MetadataService, executions: Collection[int], histories: Histories
) -> dict[int, list[Carrier]]:
    """Of executions that put something out; what they merely passed on is not theirs."""
    put_out = [one for one in events_of_executions(service, executions) if one.type in OUTPUTS]
    read = artifacts_by_id(service, {one.artifact_id for one in put_out})
    carriers = {one.id: Carrier(one.id, one.type == MODEL) for one in read if one.type not in TELLING_ONLY}
    carried = [one for one in put_out if one.artifact_id in carriers]
    makers = histories.makers(carriers)
    others = {one.execution_id for one in carried if makers.get(one.artifact_id) != one.execution_id}
    cached = {one.id for one in executions_by_id(service, others) if one.last_known_state == Execution.CACHED}
    made: dict[int, list[Carrier]] = {one.execution_id: [] for one in put_out}
    for one in carried:
        if makers.get(one.artifact_id) == one.execution_id or one.execution_id in cached:
            made[one.execution_id].append(carriers[one.artifact_id])
    return made
