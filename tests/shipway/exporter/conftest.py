"""Real stores, written by the recorder, with times that tests choose; and pages as Prometheus reads them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shipway.exporter import Exporter
from shipway.exporter.catalogue import METRICS
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.lineage.stamp import Stamp

NOON_MS = 1_700_000_000_000
"""When the runs of these tests take place: long ago, so that all is quiet."""


class Records:
    """Records tasks at moments of its own: `at` seconds after noon, for `seconds`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lineage = Lineage.open(path)

    def begin(
        self,
        task: str,
        inputs: dict[str, list[ArtifactRecord]] | None = None,
        *,
        run: str = "run-1",
        pipeline: str = "taxi",
        at: float = 0,
        **parameters: Any,
    ) -> int:
        identity = TaskIdentity(pipeline, run, task, f"shipway_components.{task.replace('-', '_')}")
        return self.lineage.begin(identity, inputs or {}, parameters, "key", stamp=stamp(at))

    def step(
        self,
        task: str,
        outputs: dict[str, list[ArtifactRecord]] | None = None,
        inputs: dict[str, list[ArtifactRecord]] | None = None,
        *,
        failed: bool = False,
        at: float = 0,
        seconds: float = 1,
        **where: Any,
    ) -> int:
        """A task that ran and ended; the outputs of one that failed are its evidence."""
        execution = self.begin(task, inputs, at=at, **where)
        if failed:
            self.lineage.fail(execution, "It did not work.", outputs or {}, stamp=stamp(at + seconds))
        else:
            self.lineage.complete(execution, outputs or {}, {}, stamp=stamp(at + seconds))
        return execution

    def cached(
        self, task: str, outputs: dict[str, list[ArtifactRecord]], *, run: str, pipeline: str = "taxi", at: float = 0
    ) -> int:
        identity = TaskIdentity(pipeline, run, task, f"shipway_components.{task.replace('-', '_')}")
        return self.lineage.cached(identity, {}, {}, outputs, "key", stamp=stamp(at))


def stamp(at: float) -> Stamp:
    return Stamp(uuid.uuid4().hex, NOON_MS + int(at * 1000), is_late=True)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    made = Records(tmp_path / "home" / "metadata.db")
    yield made
    made.lineage.close()


@pytest.fixture
def exporter(records: Records) -> Iterator[Exporter]:
    """An exporter of that store, which refreshes when it is told to; a run is over after a minute of quiet."""
    made = Exporter(records.path, quiet_seconds=60)
    yield made
    made.close()


Page = dict[tuple[str, ...], float]


LABELS = {one.name.removesuffix("_total"): (*one.labels, "le") for one in METRICS}


def read_page(text: bytes) -> Page:
    """Samples by name and the values of their labels, in the catalogue's order."""
    return {
        (sample.name, *(sample.labels[label] for label in LABELS[family.name] if label in sample.labels)): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.fixture
def look(exporter: Exporter) -> Any:
    """Refreshes and reads the page."""

    def refreshed() -> Page:
        exporter.refresh()
        return read_page(exporter.page)

    return refreshed


@pytest.fixture(name="read_page")
def read_page_fixture() -> Any:
    return read_page


@pytest.fixture
def noon() -> float:
    """Noon, in seconds since the epoch."""
    return NOON_MS / 1000


def record(type_name: str, uri: str, **metadata: Any) -> ArtifactRecord:
    return ArtifactRecord(type_name, uri, metadata, f"digest of {uri}")


@pytest.fixture(name="record")
def record_fixture() -> Any:
    return record


@pytest.fixture
def exporter_of() -> Iterator[Any]:
    """Exporters of other stores, closed at the end."""
    made: list[Exporter] = []

    def make(path: Path, **options: Any) -> Exporter:
        made.append(Exporter(path, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
