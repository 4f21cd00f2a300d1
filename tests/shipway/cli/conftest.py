"""A home in which two runs of a small pipeline are recorded, files and all; and a way to call the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shipway.cli.__main__ import main
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity


@dataclass
class RecordedHome:
    """Records tasks whose outputs are real folders below `<home>/artifacts`."""

    path: Path
    lineage: Lineage

    def uri(self, run: str, task: str, key: str) -> str:
        return str(self.path / "artifacts" / "taxi" / run / task / "1" / key)

    def artifact(self, run: str, task: str, key: str, kind: str, **metadata: Any) -> ArtifactRecord:
        """An output with one file of 1,000 bytes."""
        folder = Path(self.uri(run, task, key))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data").write_bytes(b"x" * 1000)
        return ArtifactRecord(kind, str(folder), metadata, f"{run[-1]}-of-{key}-of-{run}")

    def task(self, run: str, task: str, inputs: Any, outputs: Any, *, cached: bool = False, **parameters: Any) -> int:
        identity = TaskIdentity("taxi", run, task, f"shipway_components.{task}")
        lists = [{key: [one] for key, one in records.items()} for records in (inputs, outputs)]
        if cached:
            return self.lineage.cached(identity, lists[0], parameters, lists[1], "key")
        execution = self.lineage.begin(identity, lists[0], parameters, "key")
        self.lineage.complete(execution, lists[1], {})
        return execution

    def run(self, name: str, span: int, *, push: bool = True) -> None:
        """ExampleGen, a schema of the first run, Trainer, Evaluator and Pusher."""
        examples = self.artifact(name, "example_gen", "examples", "Examples", span=span, rows=100 * span)
        schema = self.artifact("run-1", "schema_gen", "schema", "Schema")
        model = self.artifact(name, "trainer", "model", "Model")
        verdict = self.artifact(name, "evaluator", "blessing", "ModelBlessing", blessed=1)
        metrics = self.artifact(
            name, "evaluator", "evaluation", "ModelEvaluation", summary=f'{{"metrics": {{"auc": 0.9{span}}}}}'
        )
        self.task(name, "example_gen", {}, {"examples": examples}, spans=str(span))
        self.task(name, "schema_gen", {"examples": examples}, {"schema": schema}, cached=name != "run-1")
        self.task(name, "trainer", {"examples": examples, "schema": schema}, {"model": model}, train_args={"n": span})
        judged = {"evaluation": metrics, "blessing": verdict}
        self.task(name, "evaluator", {"examples": examples, "model": model}, judged)
        if push:
            pushed = self.artifact(
                name, "pusher", "pushed_model", "PushedModel",
                pushed_destination=str(self.path / "served"), pushed_version=str(span),
            )  # fmt: skip
            self.task(name, "pusher", {"model": model, "model_blessing": verdict}, {"pushed_model": pushed})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedHome]:
    path = tmp_path / "home"
    monkeypatch.setenv("SHIPWAY_HOME", str(path))
    with Lineage.open(path / "metadata.db") as lineage:
        yield RecordedHome(path, lineage)


@pytest.fixture
def two_runs(home: RecordedHome) -> RecordedHome:
    home.run("run-1", 1)
    home.run("run-2", 2)
    return home


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture
def shipway(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Call the command line: `shipway("lineage", "3")`."""

    def call(*words: str) -> Answer:
        try:
            code = main(words)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call
