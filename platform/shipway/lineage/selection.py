"""Choosing an artifact for a step that asks for "the latest": a Resolver, a drift check, a warm start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from shipway.lineage.artifact_uses import MODEL_KEY
from shipway.lineage.calls import (
    artifacts_by_id,
    events_of_artifacts,
    events_of_executions,
    newest_artifacts,
)
from shipway.lineage.graph import INPUTS, OUTPUTS, Walk
from shipway.lineage.messages import digest_of, event_slots
from shipway.lineage.protos import Artifact
from shipway.lineage.refusals import was_refused
from shipway.lineage.reviews import is_rejected
from shipway.lineage.service import MetadataService
from shipway.lineage.values import from_value

CHUNK = 20


@dataclass(frozen=True)
class Origin:
    """Which artifacts count: made (or answered from the cache) in this pipeline, under this output key; None is any."""

    pipeline: str | None = None
    output_key: str | None = None


def live_newest(
    service: MetadataService, type_name: str, origin: Origin, keep: Callable[[Artifact], bool] = lambda _: True
) -> Iterator[Artifact]:
    """Live artifacts of a type and origin that `keep` lets through, newest first."""
    newest = newest_artifacts(service, type_name)
    candidates = (one for one in newest if one.state == Artifact.LIVE and keep(one))
    if origin == Origin():
        yield from candidates
        return
    while chunk := list(islice(candidates, CHUNK)):
        origins = origins_of(service, [one.id for one in chunk])
        yield from (one for one in chunk if any(_fits(origin, made) for made in origins.get(one.id, ())))


def _fits(wanted: Origin, made: Origin) -> bool:
    return wanted.pipeline in (None, made.pipeline) and wanted.output_key in (None, made.output_key)


def origins_of(service: MetadataService, artifact_ids: list[int]) -> dict[int, list[Origin]]:
    """Where artifacts come from, one entry for the maker and one for every execution that reused them."""
    walk = Walk(service)
    producers, events = walk.producers(artifact_ids)
    result: dict[int, list[Origin]] = {}
    for event in events:
        if event.type in OUTPUTS and event.execution_id in producers.of(event.artifact_id):
            pipeline = walk.executions[event.execution_id].properties["pipeline_name"].string_value
            keys = [key for key, _ in event_slots(event)] or [""]
            result.setdefault(event.artifact_id, []).extend(Origin(pipeline, key) for key in keys)
    return result


def latest_artifact(
    service: MetadataService, type_name: str, origin: Origin, exclude_digest: str | None, unless_refused: bool = False
) -> Artifact | None:
    found = live_newest(service, type_name, origin, lambda one: not _is_excluded(one, exclude_digest))
    return next((one for one in found if not (unless_refused and was_refused(service, one.id))), None)


def latest_blessed_model(service: MetadataService, pipeline: str | None, exclude_digest: str | None) -> Artifact | None:
    """The model of the newest ModelBlessing that says yes, unless its newest InfraBlessing or ModelReview says no."""
    for blessing in live_newest(service, "ModelBlessing", Origin(pipeline), is_blessed):
        for model in judged_models(service, blessing.id):
            usable = model.state == Artifact.LIVE and not _is_excluded(model, exclude_digest)
            if usable and infra_verdict(service, model.id) is not False and not is_rejected(service, model.id):
                return model
    return None


def is_blessed(blessing: Artifact) -> bool:
    """Whether a verdict says yes; one that a failed step left as evidence blesses nothing."""
    if blessing.state == Artifact.ABANDONED:
        return False
    return "blessed" in blessing.custom_properties and bool(from_value(blessing.custom_properties["blessed"]))


def judged_models(service: MetadataService, blessing_id: int) -> list[Artifact]:
    """The models that went under the key "model" into the execution that made this blessing."""
    producers, _ = Walk(service).producers([blessing_id])
    events = events_of_executions(service, set(producers.makers.values()))
    keyed = [one.artifact_id for one in events if one.type in INPUTS and MODEL_KEY in dict(event_slots(one))]
    return artifacts_by_id(service, keyed)


def infra_verdict(service: MetadataService, model_id: int) -> bool | None:
    """Whether the model's newest InfraBlessing says yes; None when there is none."""
    used = [one for one in events_of_artifacts(service, [model_id]) if one.type in INPUTS]
    judges = {one.execution_id for one in used if MODEL_KEY in dict(event_slots(one))}
    put_out = {one.artifact_id for one in events_of_executions(service, judges) if one.type in OUTPUTS}
    blessings = [one for one in artifacts_by_id(service, put_out) if one.type == "InfraBlessing"]
    return is_blessed(max(blessings, key=lambda one: one.id)) if blessings else None


def one_per_span(service: MetadataService, type_name: str, origin: Origin, first: int, last: int) -> list[Artifact]:
    """Of the artifacts with a span from `first` to `last`, the highest version and newest of each, by span."""

    def in_range(one: Artifact) -> bool:
        return "span" in one.properties and first <= one.properties["span"].int_value <= last

    chosen: dict[int, Artifact] = {}
    for one in live_newest(service, type_name, origin, in_range):
        span = one.properties["span"].int_value
        if span not in chosen or _age(one) > _age(chosen[span]):
            chosen[span] = one
    return [chosen[span] for span in sorted(chosen)]


def _age(artifact: Artifact) -> tuple[int, int]:
    version = artifact.properties["version"].int_value if "version" in artifact.properties else 0
    return version, artifact.id


def _is_excluded(artifact: Artifact, digest: str | None) -> bool:
    return bool(digest) and digest_of(artifact) == digest
