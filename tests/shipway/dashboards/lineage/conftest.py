"""A home in which runs of a pipeline are recorded, with real files below its artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shipway.artifacts import digest_tree
from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.runner.home import Home

Records = dict[str, ArtifactRecord | list[ArtifactRecord]]

FILES = {
    "Schema": "schema.pbtxt",
    "Model": "Format-Serving/saved_model.pb",
    "ModelBlessing": "BLESSED",
}


@dataclass
class RecordedHome:
    """Records tasks whose outputs are real folders; `run` writes a whole run."""

    home: Home
    lineage: Lineage

    @property
    def queries(self) -> LineageQueries:
        return self.lineage.queries()

    def artifact(self, run: str, task: str, key: str, kind: str, **metadata: Any) -> ArtifactRecord:
        folder = self.home.artifacts / "taxi" / run / task / "1" / key
        if not folder.exists():
            file = folder / FILES.get(kind, "data")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{kind} of {run}\n")
        return ArtifactRecord(kind, str(folder), metadata, digest_tree(folder))

    def task(
        self, run: str, task: str, inputs: Records, outputs: Records, *, cached: bool = False, **given: Any
    ) -> int:
        identity = TaskIdentity("taxi", run, task, f"shipway_components.{task}")
        lists = [
            {key: one if isinstance(one, list) else [one] for key, one in records.items()}
            for records in (inputs, outputs)
        ]
        if cached:
            self.lineage.cached(identity, lists[0], given, lists[1], f"key-of-{task}")
            return
        execution = self.lineage.begin(identity, lists[0], given, f"key-of-{task}")
        self.lineage.complete(execution, lists[1], {})

    def run(self, name: str, span: int, *, baseline: str = "", blessed: int = 1) -> None:
        """ExampleGen, a schema of the first run, Trainer, Evaluator (against a run's model) and Pusher."""
        rows = self.artifact(name, "example_gen", "examples", "Examples", span=span, rows=100 * span)
        schema = self.artifact("run-1", "schema_gen", "schema", "Schema", features=3)
        model = self.artifact(name, "trainer", "model", "Model")
        verdict = self.artifact(name, "evaluator", "blessing", "ModelBlessing", blessed=blessed, reasons='["auc"]')
        summary = f'{{"metrics": {{"auc": 0.9{span}, "note": "x"}}}}'
        numbers = self.artifact(name, "evaluator", "evaluation", "ModelEvaluation", summary=summary)
        place = str(self.home.path / "served")
        pushed = self.artifact(
            name, "pusher", "pushed_model", "PushedModel",
            pushed=blessed, pushed_version=str(span), pushed_destination=place,
        )  # fmt: skip
        self.task(name, "example_gen", {}, {"examples": rows}, input_base="/data")
        self.task(name, "schema_gen", {"examples": rows}, {"schema": schema}, cached=name != "run-1")
        code = {"module_file": "/code/taxi.py", "module_file_digest": f"digest of {name}'s code"}
        self.task(name, "trainer", {"examples": rows, "schema": schema}, {"model": model}, **code)
        judged: Records = {"examples": rows, "model": model}
        if baseline:
            judged["baseline_model"] = self.artifact(baseline, "trainer", "model", "Model")
        self.task(name, "evaluator", judged, {"evaluation": numbers, "blessing": verdict})
        self.task(name, "pusher", {"model": model, "model_blessing": verdict}, {"pushed_model": pushed})

    def id_of(self, run: str, task: str, key: str) -> int:
        found = self.queries.artifact_by_uri(str(self.home.artifacts / "taxi" / run / task / "1" / key))
        assert found is not None
        return found.id


@pytest.fixture
def recorded_home(tmp_path: Path) -> Iterator[RecordedHome]:
    home = Home(tmp_path / "home")
    with Lineage.open(home.metadata_db) as lineage:
        yield RecordedHome(home, lineage)


def record_three_runs(recorded: RecordedHome) -> RecordedHome:
    recorded.run("run-1", 1)
    recorded.run("run-2", 2, baseline="run-1")
    recorded.run("run-3", 3, baseline="run-2", blessed=0)
    return recorded


@pytest.fixture
def three_runs(recorded_home: RecordedHome) -> RecordedHome:
    return record_three_runs(recorded_home)


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordedHome]:
    """The same three runs, for tests that only look."""
    home = Home(tmp_path_factory.mktemp("looked-at") / "home")
    with Lineage.open(home.metadata_db) as lineage:
        yield record_three_runs(RecordedHome(home, lineage))


@pytest.fixture
def many_spans(recorded_home: RecordedHome) -> RecordedHome:
    """50 spans, each of a run of its own, that one training takes together."""
    spans = []
    for number in range(50):
        rows = recorded_home.artifact(f"span-{number}", "example_gen", "examples", "Examples", span=number)
        recorded_home.task(f"span-{number}", "example_gen", {}, {"examples": rows})
        spans.append(rows)
    model = recorded_home.artifact("train", "trainer", "model", "Model")
    recorded_home.task("train", "trainer", {"examples": spans}, {"model": model})
    return recorded_home
