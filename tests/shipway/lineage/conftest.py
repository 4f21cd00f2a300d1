"""A small store, and a pipeline's worth of tasks to fill it with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "home" / "metadata.db"


@pytest.fixture
def lineage(store: Path) -> Iterator[Lineage]:
    with Lineage.open(store) as opened:
        yield opened


@dataclass
class Factory:
    """Writes whole tasks: `Factory(lineage)("run-1", "trainer", {"examples": [x]}, {"model": [m]})`."""

    lineage: Lineage
    pipeline: str = "taxi"
    ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def identity(self, run: str, task: str, pipeline: str = "") -> TaskIdentity:
        return TaskIdentity(pipeline or self.pipeline, run, task, f"shipway_components.{task}")

    def __call__(
        self,
        run: str,
        task: str,
        inputs: dict[str, list[ArtifactRecord]] | None = None,
        outputs: dict[str, list[ArtifactRecord]] | None = None,
        pipeline: str = "",
        **parameters: Any,
    ) -> int:
        identity = self.identity(run, task, pipeline)
        execution = self.lineage.begin(identity, inputs or {}, parameters, f"key-{task}")
        self.lineage.complete(execution, outputs or {}, {})
        return execution

    def cached(
        self,
        run: str,
        task: str,
        inputs: dict[str, list[ArtifactRecord]],
        outputs: dict[str, list[ArtifactRecord]],
        pipeline: str = "",
    ) -> int:
        return self.lineage.cached(self.identity(run, task, pipeline), inputs, {}, outputs, f"key-{task}")


@pytest.fixture
def make(lineage: Lineage) -> Factory:
    return Factory(lineage)


def record(type_name: str, uri: str, digest: str = "", **metadata: Any) -> ArtifactRecord:
    return ArtifactRecord(type_name, uri, metadata, digest or f"digest of {uri}")


@pytest.fixture(name="record")
def record_fixture() -> Any:
    return record
