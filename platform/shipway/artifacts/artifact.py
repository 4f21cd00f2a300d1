"""The handle of one artifact: where its bytes lie and what is recorded of it.

Metadata is flat on purpose: Kubeflow Pipelines changes nested values on their way through its own store (a list
becomes `{"list": [...]}`, a bool becomes 1), so whatever has structure travels as one JSON string.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, overload

from shipway.artifacts.storage import local_path

Scalar = str | int | float
T = TypeVar("T")

DIGEST = "digest"
"""Metadata key of an artifact's content digest."""

SIZE_BYTES = "size_bytes"
"""Metadata key of the bytes of an artifact's files, as they were when its digest was taken."""

RESOLVED = "resolved"
"""Metadata key that is 0 on the artifact of a Resolver that found nothing."""

RESOLVED_URI = "resolved_uri"
"""Metadata key by which an artifact says, in a cluster, that its files lie elsewhere: Kubeflow's launcher takes no
output whose URI is not below its own run's root."""

FOUND_TYPE = "artifact_type"
"""Metadata key by which a step that declares a plain Artifact says which type the artifact is that it found."""


class Property(Generic[T]):
    """One of TFX's typed properties of an artifact, kept in its metadata."""

    def __init__(self, kind: type[T], default: T) -> None:
        self.kind = kind
        self.default = default
        self.name = ""

    def __set_name__(self, owner: type[Artifact], name: str) -> None:
        self.name = name
        owner.properties = {**owner.properties, name: self.kind if self.kind in (int, float) else str}

    @overload
    def __get__(self, artifact: None, owner: type[Artifact]) -> Property[T]: ...
    @overload
    def __get__(self, artifact: Artifact, owner: type[Artifact]) -> T: ...
    def __get__(self, artifact: Artifact | None, owner: type[Artifact]) -> Property[T] | T:
        if artifact is None:
            return self
        value = artifact.metadata.get(self.name)
        return self.default if value is None else self.decode(value)

    def __set__(self, artifact: Artifact, value: T) -> None:
        artifact.metadata[self.name] = self.encode(value)

    def decode(self, value: Any) -> T:
        return self.kind(value)  # type: ignore[call-arg]

    def encode(self, value: T) -> Scalar:
        return self.kind(value)  # type: ignore[call-arg,return-value]


class NamesProperty(Property[list[str]]):
    """A list of names, stored as the JSON string that TFX stores."""

    def __init__(self) -> None:
        super().__init__(list, [])

    def decode(self, value: Any) -> list[str]:
        return list(value) if isinstance(value, list) else json.loads(value or "[]")

    def encode(self, value: list[str]) -> str:
        return json.dumps(list(value))


class Artifact:
    """A folder of files with a type, a URI and flat metadata.

    `uri` is what lineage records; `path` is where this process reads or writes the bytes. They differ in a cluster,
    where buckets are mounted, and while a step writes an output that is not published yet.
    """

    type_name: ClassVar[str] = "Artifact"
    schema_title: ClassVar[str] = "system.Artifact"
    properties: ClassVar[dict[str, type]] = {}
    is_file: ClassVar[bool] = False
    """Whether it is one file, at `path`, and not a folder: Kubeflow's pages read such an artifact by its URI."""
    structured: ClassVar[frozenset[str]] = frozenset()
    """Metadata keys whose JSON texts are handed to Kubeflow as objects, for its pages draw them."""

    def __init__(
        self, uri: str = "", *, path: Path | None = None, metadata: dict[str, Scalar] | None = None, name: str = ""
    ) -> None:
        self.uri = uri
        self.path = path if path is not None else local_path(uri)
        self.metadata: dict[str, Scalar] = dict(metadata or {})
        self.name = name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri!r})"


class SplitArtifact(Artifact):
    """An artifact with one `Split-<name>` folder for every split."""

    split_names = NamesProperty()

    def split_path(self, split: str) -> Path:
        return self.path / f"Split-{split}"
