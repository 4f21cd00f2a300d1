"""Which model lies where: the newest pushes, each with the model that was pushed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType

from shipway.lineage.artifact_uses import MODEL_KEY
from shipway.lineage.ingredients import ingredients_of
from shipway.lineage.newest_of_type import newest_of_type
from shipway.lineage.records import RecordedArtifact, RecordedExecution
from shipway.lineage.service import MetadataService

NOTHING_KNOWN: Mapping[int, Push] = MappingProxyType({})


def was_pushed(pushed: RecordedArtifact) -> bool:
    """Whether a PushedModel went anywhere: TFX's pushers say only to which version, Shipway's also say whether."""
    return bool(pushed.metadata.get("pushed", pushed.metadata.get("pushed_version", "")))


@dataclass(frozen=True)
class Push:
    """A PushedModel, the execution that pushed it and the Model; None of both where they are not recorded."""

    pushed: RecordedArtifact
    execution: RecordedExecution | None
    model: RecordedArtifact | None

    @property
    def destination(self) -> str:
        return str(self.pushed.metadata.get("pushed_destination", ""))

    @property
    def version(self) -> str:
        return str(self.pushed.metadata.get("pushed_version", ""))

    @property
    def model_name(self) -> str:
        """The name under which a model server serves it: the last part of the destination."""
        return PurePosixPath(self.destination).name

    @property
    def pipeline(self) -> str:
        return self.execution.pipeline if self.execution else ""

    @property
    def was_pushed(self) -> bool:
        return was_pushed(self.pushed)


def newest_pushes(service: MetadataService, most: int, known: Mapping[int, Push] = NOTHING_KNOWN) -> list[Push]:
    """Of the newest `most` PushedModels those that really were pushed, the newest first.

    `known` are pushes that were read before, by the id of the PushedModel: who pushed what does not change.
    """
    pushed = newest_of_type(service, "PushedModel", most)
    origins = ingredients_of(service, [one.id for one in pushed if one.id not in known])
    found = []
    for one in pushed:
        if one.id in known:
            push = replace(known[one.id], pushed=one)
        else:
            origin = origins.get(one.id)
            execution, model = (origin.maker.execution, origin.taken.get(MODEL_KEY)) if origin else (None, None)
            push = Push(one, execution, model)
        if push.was_pushed:
            found.append(push)
    return found
