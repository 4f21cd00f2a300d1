"""What flows between tasks while a run goes on: artifacts with their recorded facts, and parameter values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from shipway.artifacts import DIGEST, RESOLVED, Scalar, local_path
from shipway.artifacts.storage import UnknownScheme

UNRESOLVED = "unresolved"
"""The digest of an optional artifact that its Resolver did not find."""


@dataclass(frozen=True)
class ArtifactValue:
    """An artifact that a task made. `digest` is of its content; `producer` is the task's name."""

    type_name: str
    schema_title: str
    uri: str
    metadata: Mapping[str, Scalar] = field(default_factory=dict)
    digest: str = ""
    name: str = ""
    producer: str = ""

    @property
    def resolved(self) -> bool:
        return bool(self.metadata.get(RESOLVED, 1))

    @property
    def exists(self) -> bool:
        """Whether its files are there; of what lies where this machine cannot look, that is taken for granted."""
        path = reachable_path(self.uri)
        return not self.resolved or path is None or path.exists()

    def runtime(self) -> dict[str, Any]:
        """As KFP's executor input holds it; there the digest is one of the metadata."""
        kind = {"schemaTitle": self.schema_title, "schemaVersion": "0.0.1"}
        metadata = {**self.metadata, **({DIGEST: self.digest} if self.digest else {})}
        return {"name": self.name, "type": kind, "uri": self.uri, "metadata": metadata}


@dataclass(frozen=True)
class Values:
    """Parameters and artifacts by name: what a task is given, or what it made."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, list[ArtifactValue]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        artifacts = {name: [asdict(artifact) for artifact in listed] for name, listed in self.artifacts.items()}
        return {"parameters": dict(self.parameters), "artifacts": artifacts}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Values:
        artifacts = {key: [ArtifactValue(**item) for item in items] for key, items in value["artifacts"].items()}
        return cls(value["parameters"], artifacts)


NOTHING = Values()


def reachable_path(uri: str) -> Path | None:
    """Where this machine finds the bytes of `uri`, None for what only a web or storage client reaches."""
    try:
        return local_path(uri)
    except UnknownScheme:
        return None


class Collected(list[Any]):
    """What the iterations of a loop made, in their order. A loop around it appends its members, as KFP does."""


def collect(values: list[Any]) -> Collected:
    """The outputs of iterations as one list; of nested loops, flat."""
    collected = Collected()
    for value in values:
        if isinstance(value, Collected):
            collected.extend(value)
        else:
            collected.append(value)
    return collected
