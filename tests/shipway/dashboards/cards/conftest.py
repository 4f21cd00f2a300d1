"""A home with a model, real files of statistics and anomalies, and whatever a test has its records say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.pages.cards.card import card_of
from shipway.dashboards.pages.cards.content import Card
from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.runner.home import Home

Records = dict[str, ArtifactRecord]
SUMMARY = {
    "rows": 200,
    "rows_without_label": 3,
    "slices": 9,
    "metrics": {"auc": 0.81, "loss": 0.4},
    "worst_slices": {"auc": [{"slice": "origin=EWR", "value": 0.6, "rows": 80}]},
    "label": "late",
}


def statistics_file(path: Path, rows: int, missing: int, feature: str = "wind_gust") -> None:
    from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList

    found = DatasetFeatureStatisticsList()
    dataset = found.datasets.add(num_examples=rows)
    common = dataset.features.add(name=feature).num_stats.common_stats
    common.num_non_missing, common.num_missing = rows - missing, missing
    path.parent.mkdir(parents=True)
    path.write_bytes(found.SerializeToString())


def anomalies_file(path: Path, wrong: dict[str, str]) -> None:
    from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies

    found = Anomalies()
    for feature, description in wrong.items():
        info = found.anomaly_info[feature]
        info.path.step.append(feature)
        info.short_description = description
    path.parent.mkdir(parents=True)
    path.write_bytes(found.SerializeToString())


@dataclass
class Cards:
    """Records runs of a pipeline; `run` writes one and gives its model's id."""

    home: Home
    lineage: Lineage

    @property
    def queries(self) -> LineageQueries:
        return self.lineage.queries()

    def card(self, model_id: int) -> Card:
        model = self.queries.artifact(model_id)
        assert model is not None
        return card_of(self.home, self.queries, model)

    def folder(self, run: str, key: str) -> Path:
        return self.home.artifacts / "taxi" / run / key

    def record(self, run: str, key: str, kind: str, **metadata: Any) -> ArtifactRecord:
        folder = self.folder(run, key)
        folder.mkdir(parents=True, exist_ok=True)
        return ArtifactRecord(kind, str(folder), metadata, f"digest of {run} {key}")

    def task(self, run: str, step: str, inputs: Records, outputs: Records, **parameters: Any) -> None:
        task = TaskIdentity("taxi", run, step, f"shipway_components.{step}")
        lists = [{key: [one] for key, one in records.items()} for records in (inputs, outputs)]
        self.lineage.complete(self.lineage.begin(task, lists[0], parameters, f"key-{step}"), lists[1], {})

    def train(self, run: str = "run-1", **custom_config: Any) -> int:
        """Rows of a span and a model that learned from them; nothing else is known."""
        rows = self.record(
            run, "rows", "Examples", span=1, spans="[1, 2, 3]", rows=1500, split_rows='{"train": 1000, "eval": 500}'
        )
        model = self.record(run, "model", "Model")
        self.task(run, "example_gen", {}, {"examples": rows})
        code = {"module_file": "/code/taxi.py", "module_file_digest": "digest-of-code"}
        self.task(run, "trainer", {"examples": rows}, {"model": model}, custom_config=custom_config, **code)
        return self.id_of(run, "model")

    def look(self, run: str = "run-1", wrong: dict[str, str] | None = None) -> None:
        """Statistics and anomalies of the rows."""
        rows, statistics = self.record(run, "rows", "Examples"), self.record(run, "statistics", "ExampleStatistics")
        anomalies = self.record(run, "anomalies", "ExampleAnomalies")
        statistics_file(self.folder(run, "statistics") / "Split-train" / "FeatureStats.pb", 1000, 250)
        anomalies_file(self.folder(run, "anomalies") / "Split-train" / "SchemaDiff.pb", wrong or {})
        self.task(run, "statistics_gen", {"examples": rows}, {"statistics": statistics})
        self.task(run, "example_validator", {"statistics": statistics}, {"anomalies": anomalies})

    def judge(self, run: str = "run-1", blessed: int = 1, **more: Any) -> None:
        """An evaluation whose files are not there, and the verdict."""
        taken = {"examples": self.record(run, "rows", "Examples"), "model": self.record(run, "model", "Model")}
        summary = json.dumps({**SUMMARY, **more})
        evaluation = ArtifactRecord("ModelEvaluation", str(self.folder(run, "gone")), {"summary": summary})
        verdict = self.record(run, "verdict", "ModelBlessing", blessed=blessed, reasons='["auc is too low"]')
        self.task(run, "evaluator", taken, {"evaluation": evaluation, "blessing": verdict})

    def push(self, run: str = "run-1", **said: Any) -> None:
        pushed = self.record(run, "pushed", "PushedModel", **said)
        self.task(run, "pusher", {"model": self.record(run, "model", "Model")}, {"pushed_model": pushed})

    def id_of(self, run: str, key: str) -> int:
        found = self.queries.artifact_by_uri(str(self.folder(run, key)))
        assert found is not None
        return found.id


@pytest.fixture
def cards(tmp_path: Path) -> Iterator[Cards]:
    home = Home(tmp_path / "home")
    with Lineage.open(home.metadata_db) as lineage:
        yield Cards(home, lineage)
