"""Asking lineage for an artifact, and pointing a step's output to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shipway.artifacts import (
    ARTIFACT_TYPES,
    DIGEST,
    FOUND_TYPE,
    RESOLVED,
    Artifact,
    ExampleStatistics,
    digest_texts,
    digest_tree,
)
from shipway.data.errors import listing
from shipway.errors import UsageError
from shipway.step import StepContext

ANY_PIPELINE = "*"


class UnknownType(UsageError):
    """A type that no artifact has."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no artifact type {name!r}: the types are {listing(sorted(ARTIFACT_TYPES))}.")


@dataclass(frozen=True)
class Scope:
    """Where to look: a store's lineage queries, or None where there is none, and a pipeline or None for any."""

    lineage: Any
    pipeline: str | None

    @classmethod
    def of(cls, lineage: Any, pipeline: str, own_pipeline: str) -> Scope:
        """`pipeline` as a resolver's parameter has it; an own pipeline that nobody knows is any."""
        chosen = pipeline or own_pipeline
        return cls(lineage, None if chosen in ("", ANY_PIPELINE) else chosen)

    @classmethod
    def of_context(cls, context: StepContext, pipeline: str) -> Scope:
        return cls.of(context.lineage, pipeline, context.pipeline_name)


def latest_artifact(
    scope: Scope,
    type_name: str,
    output_key: str = "",
    exclude: Artifact | None = None,
    unless_refused: bool = False,
) -> Any:
    """The newest artifact of a type, or None; never one with the content of `exclude`. Raises `UnknownType`.

    `unless_refused`: nor statistics of data that a validation refused.
    """
    if type_name not in ARTIFACT_TYPES:
        raise UnknownType(type_name)
    if scope.lineage is None:
        return None
    return scope.lineage.latest_artifact(
        type_name,
        pipeline=scope.pipeline,
        exclude_digest=_digest(exclude),
        output_key=output_key or None,
        unless_refused=unless_refused,
    )


def latest_blessed_model(scope: Scope, candidate: Artifact | None) -> Any:
    """The newest blessed model whose content is not the candidate's, or None."""
    if scope.lineage is None:
        return None
    return scope.lineage.latest_blessed_model(pipeline=scope.pipeline, exclude_digest=_digest(candidate))


def previous_statistics(scope: Scope, statistics: ExampleStatistics, output_key: str) -> Any:
    """The statistics of the nearest earlier span; where spans are not counted, the newest of another content.

    Data that a validation refused is passed over: good data would differ from it, and more of the same would not.
    """
    if scope.lineage is None:
        return None
    if statistics.span > 0:
        earlier = scope.lineage.artifacts_in_span_range(
            statistics.type_name, 0, statistics.span - 1, pipeline=scope.pipeline, output_key=output_key or None
        )
        return next((one for one in reversed(earlier) if not scope.lineage.was_refused(one.id)), None)
    return latest_artifact(scope, statistics.type_name, output_key, exclude=statistics, unless_refused=True)


def point_to(artifact: Artifact, found: Any) -> None:
    """Make a recorded artifact the step's output, or say that there is none."""
    if found is None:
        artifact.metadata[RESOLVED] = 0
        return
    artifact.uri = found.uri
    artifact.metadata.update(found.metadata)
    if type(artifact) is Artifact:
        artifact.metadata[FOUND_TYPE] = found.type_name
    if found.digest:
        artifact.metadata[DIGEST] = found.digest


def fingerprint(found: Iterable[Any]) -> str:
    """What identifies an answer: which artifacts, with which content."""
    return digest_texts(f"{one.id}:{one.uri}:{one.digest}" if one is not None else "nothing" for one in found)


def _digest(artifact: Artifact | None) -> str | None:
    if artifact is None:
        return None
    return str(artifact.metadata.get(DIGEST) or digest_tree(artifact.path))
