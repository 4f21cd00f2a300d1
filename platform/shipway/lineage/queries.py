"""Asking lineage. Nothing here writes, and every answer is plain dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from pathlib import Path

from shipway.lineage.bare_runs import newest_runs
from shipway.lineage.calls import (
    PAGE,
    artifacts_by_id,
    artifacts_by_uri,
    context_by_name,
    events_of_executions,
    executions_of_context,
    newest_artifacts,
)
from shipway.lineage.graph import OUTPUTS, Walk, walk_down, walk_up
from shipway.lineage.messages import event_slots, to_recorded_artifact, to_recorded_execution
from shipway.lineage.opening import open_service
from shipway.lineage.protos import Artifact
from shipway.lineage.records import LineageGraph, RecordedArtifact, RecordedExecution, RecordedRun
from shipway.lineage.refusals import was_refused
from shipway.lineage.selection import (
    Origin,
    latest_artifact,
    latest_blessed_model,
    one_per_span,
)
from shipway.lineage.service import MetadataService
from shipway.lineage.types import PIPELINE_RUN
from shipway.lineage.usage import Usage, usage_of
from shipway.settings import MetadataAddress

Slots = dict[str, list[tuple[int, RecordedArtifact]]]


class LineageQueries:
    """The reading side of one metadata store. Every "pipeline" narrows to what that pipeline made or reused."""

    def __init__(self, service: MetadataService) -> None:
        self._service = service

    @classmethod
    def open(cls, address: Path | MetadataAddress) -> LineageQueries:
        """The store at `address`, for reading. `MissingStore` when there is no file, `CorruptStore` for another one.

        A service that cannot be reached is told by the first question, as a `ServiceFault`.
        """
        return cls(open_service(address, create=False, read_only=True))

    def close(self) -> None:
        self._service.close()

    @property
    def service(self) -> MetadataService:
        """The connection, for the questions that have a file of their own in this package."""
        return self._service

    def runs(self, limit: int | None = None) -> list[RecordedRun]:
        """Runs, newest first."""
        return list(islice(newest_runs(self._service), limit))

    def run(self, run_id: str) -> list[RecordedExecution]:
        """The executions of a run in the order in which they began, each with its artifacts; [] for an unknown run."""
        context = context_by_name(self._service, PIPELINE_RUN, run_id)
        if context is None:
            return []
        executions = sorted(executions_of_context(self._service, context.id), key=lambda one: one.id)
        events = events_of_executions(self._service, [one.id for one in executions])
        artifacts = self._artifacts({event.artifact_id for event in events})
        slots: dict[tuple[int, bool], Slots] = {}
        for event in events:
            keys = slots.setdefault((event.execution_id, event.type in OUTPUTS), {})
            for key, index in event_slots(event):
                keys.setdefault(key, []).append((index, artifacts[event.artifact_id]))
        return [
            to_recorded_execution(one, _ordered(slots.get((one.id, False))), _ordered(slots.get((one.id, True))))
            for one in executions
        ]

    def artifacts(self, type_name: str | None = None, limit: int | None = None) -> list[RecordedArtifact]:
        """Artifacts of every state, newest first."""
        newest = newest_artifacts(self._service, type_name, at_once=PAGE if limit is None else limit)
        return [to_recorded_artifact(one) for one in islice(newest, limit)]

    def artifact(self, artifact_id: int) -> RecordedArtifact | None:
        return self._artifacts([artifact_id]).get(artifact_id)

    def artifact_by_uri(self, uri: str) -> RecordedArtifact | None:
        """The newest artifact recorded at `uri`."""
        newest = max(artifacts_by_uri(self._service, [uri]), key=lambda one: one.id, default=None)
        return to_recorded_artifact(newest) if newest else None

    def latest_artifact(
        self,
        type_name: str,
        pipeline: str | None = None,
        exclude_digest: str | None = None,
        output_key: str | None = None,
        unless_refused: bool = False,
    ) -> RecordedArtifact | None:
        """The newest live artifact of a type, whose content is not `exclude_digest`.

        `output_key` tells apart what shares a type: "examples" of an ExampleGen, "transformed_examples" of a Transform.
        `unless_refused` passes over statistics of data that a validation refused.
        """
        origin = Origin(pipeline, output_key)
        found = latest_artifact(self._service, type_name, origin, exclude_digest, unless_refused)
        return to_recorded_artifact(found) if found else None

    def was_refused(self, statistics_id: int) -> bool:
        """Whether the newest validation of these statistics stopped its run on what it found."""
        return was_refused(self._service, statistics_id)

    def latest_blessed_model(
        self, pipeline: str | None = None, exclude_digest: str | None = None
    ) -> RecordedArtifact | None:
        """The live Model with the newest ModelBlessing that says yes, and no InfraBlessing or person that says no."""
        found = latest_blessed_model(self._service, pipeline, exclude_digest)
        return to_recorded_artifact(found) if found else None

    def artifacts_in_span_range(
        self, type_name: str, first: int, last: int, pipeline: str | None = None, output_key: str | None = None
    ) -> list[RecordedArtifact]:
        """Live artifacts with spans from `first` to `last` included: one a span, its highest version and newest."""
        found = one_per_span(self._service, type_name, Origin(pipeline, output_key), first, last)
        return [to_recorded_artifact(one) for one in found]

    def upstream(self, artifact_id: int, depth: int | None = None) -> LineageGraph:
        """What an artifact was made from. `KeyError` for an unknown id."""
        walk = Walk(self._service)
        walk_up(walk, [self._known(artifact_id)], depth)
        return walk.graph(artifact_id)

    def downstream(self, artifact_id: int, depth: int | None = None) -> LineageGraph:
        """What was made from an artifact. `KeyError` for an unknown id."""
        walk = Walk(self._service)
        walk_down(walk, [self._known(artifact_id)], depth)
        return walk.graph(artifact_id)

    def models_that_saw(self, artifact_id: int) -> list[RecordedArtifact]:
        """Every Model that an artifact had a part in, by id, deleted ones too."""
        found = self.downstream(artifact_id).artifacts.values()
        return sorted((one for one in found if one.type_name == "Model" and one.id != artifact_id), key=lambda a: a.id)

    def usage(self, artifact_ids: Collection[int]) -> dict[int, Usage]:
        """When artifacts were last used and by which runs; those that no execution touched are left out."""
        return usage_of(self._service, artifact_ids)

    def artifacts_protected_by_pushed_models(
        self, still_there: Callable[[RecordedArtifact], bool] = lambda _: True
    ) -> set[str]:
        """URIs of every live PushedModel and of all it depends on, by the way of reused results too.

        A PushedModel that is not `still_there`, where it was pushed to, protects nothing.
        """
        pushed = (one for one in newest_artifacts(self._service, "PushedModel") if one.state == Artifact.LIVE)
        roots = [one.id for one in pushed if still_there(to_recorded_artifact(one))]
        walk = Walk(self._service)
        walk_up(walk, roots, through_cached=True)
        return {one.uri for one in artifacts_by_id(self._service, walk.artifact_ids)}

    def _known(self, artifact_id: int) -> int:
        if not artifacts_by_id(self._service, [artifact_id]):
            raise KeyError(artifact_id)
        return artifact_id

    def _artifacts(self, ids: Collection[int]) -> dict[int, RecordedArtifact]:
        return {one.id: to_recorded_artifact(one) for one in artifacts_by_id(self._service, ids)}


def _ordered(slots: Slots | None) -> dict[str, Sequence[RecordedArtifact]]:
    return {key: [one for _, one in sorted(found, key=lambda pair: pair[0])] for key, found in (slots or {}).items()}
