"""A home in which a pipeline made several models: each judged on 200 slices against the one before, with real files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.evaluation.eval_config import complete_eval_config, parse_eval_config
from shipway.data.evaluation.eval_result import EvalRun, write_eval_result
from shipway.data.evaluation.evaluate import Evaluation, evaluate, plan_evaluation
from shipway.data.evaluation.reasons import reasons_of
from shipway.data.evaluation.summary import summarise
from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.runner.home import Home

ROWS = 6000
CITIES = 190
LOWEST_AUC = 0.6


def config(lowest_auc: float = LOWEST_AUC) -> dict[str, Any]:
    bound = {"value_threshold": {"lower_bound": lowest_auc}}
    change = {"change_threshold": {"direction": "HIGHER_IS_BETTER", "absolute": -0.02}}
    return {
        "model_specs": [{"label_key": "y"}],
        "slicing_specs": [{}, {"feature_keys": ["city"]}, {"feature_keys": ["shift"]}],
        "metrics_specs": [
            {
                "metrics": [
                    {
                        "class_name": "AUC",
                        "per_slice_thresholds": [
                            {"slicing_specs": [{}], "threshold": {**bound, **change}},
                            {"slicing_specs": [{"feature_keys": ["shift"]}], "threshold": bound},
                        ],
                    },
                    {"class_name": "BinaryCrossentropy"},
                    {"class_name": "ExampleCount"},
                    {"class_name": "FPR"},
                    {"class_name": "Calibration"},
                    {"class_name": "CalibrationPlot", "config": '{"num_buckets": 100}'},
                    {"class_name": "ConfusionMatrixPlot", "config": '{"num_thresholds": 100}'},
                ]
            }
        ],
    }


def table(skill: float, earlier: float, seed: int) -> dict[str, Any]:
    """Rows of cities of very different sizes; `p` separates the labels by `skill`, the baseline's `q` by `earlier`."""
    random = np.random.default_rng(seed)
    city = np.minimum((random.pareto(0.9, ROWS) * 6).astype(int), CITIES - 1)
    night = random.random(ROWS) < 0.2
    labels = random.integers(0, 2, ROWS)

    def guess(by: float) -> np.ndarray:
        helped = by * np.where(night, 0.4, 1.0)
        return (1 / (1 + np.exp(-(2 * labels - 1) * helped - random.normal(0, 1, ROWS)))).astype(np.float32)

    return {
        "y": labels,
        "p": guess(skill),
        "q": guess(earlier),
        "city": [f"city-{one:03}" for one in city],
        "shift": np.where(night, "night", "day").tolist(),
    }


@cache
def evaluated(skill: float, earlier: float, seed: int, lowest_auc: float) -> Evaluation:
    """The evaluation of a model of that skill against a baseline of another; 0 for no baseline."""
    given = parse_eval_config(config(lowest_auc))
    complete = complete_eval_config(given, has_baseline=bool(earlier))
    batches = pa.table(table(skill, earlier, seed)).to_batches(max_chunksize=1000)
    columns = {spec.name: "q" if spec.is_baseline else "p" for spec in complete.model_specs}

    def of(column: str) -> Any:
        return lambda batch: {"outputs": batch.column(batch.schema.get_field_index(column)).to_numpy()}

    models = {name: of(column) for name, column in columns.items()}
    return evaluate(complete, plan_evaluation(complete), lambda: batches, models, splits=["eval"])


@dataclass
class ModelsHome:
    """Records runs of the pipeline `bikes`; `ids` are those of the models by run."""

    home: Home
    lineage: Lineage
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def queries(self) -> LineageQueries:
        return self.lineage.queries()

    def artifact(self, run: str, task: str, key: str, kind: str, **metadata: Any) -> ArtifactRecord:
        folder = self.home.artifacts / "bikes" / run / task / "1" / key
        folder.mkdir(parents=True, exist_ok=True)
        return ArtifactRecord(kind, str(folder), metadata, f"digest of {run}'s {key}")

    def task(
        self, run: str, task: str, inputs: dict[str, Any], outputs: dict[str, Any], pipeline: str = "bikes"
    ) -> None:
        identity = TaskIdentity(pipeline, run, task, f"shipway_components.{task}")
        lists = [{key: [one] for key, one in records.items()} for records in (inputs, outputs)]
        execution = self.lineage.begin(identity, lists[0], {}, f"key-of-{task}")
        self.lineage.complete(execution, lists[1], {})

    def id_of(self, record: ArtifactRecord) -> int:
        found = self.queries.artifact_by_uri(record.uri)
        assert found is not None
        return found.id

    def model(self, run: str) -> ArtifactRecord:
        return self.artifact(run, "trainer", "model", "Model")

    def version(
        self,
        run: str,
        skill: float,
        earlier: float = 0.0,
        seed: int = 1,
        lowest_auc: float = LOWEST_AUC,
        base: str = "",
    ) -> int:
        """A run that trains a model, evaluates it (against the model of the run `base`), and pushes it if it may."""
        result = evaluated(skill, earlier, seed, lowest_auc)
        reasons = reasons_of(result.validation, result.suppressed)
        model = self.model(run)
        self.task(run, "trainer", {}, {"model": model})
        evaluation = self.artifact(
            run, "evaluator", "evaluation", "ModelEvaluation", rows=result.rows, summary=json.dumps(summarise(result))
        )  # fmt: skip
        write_eval_result(Path(evaluation.uri), EvalRun(result.config, "", "", {}), result.metrics, result.validation)
        blessing = self.artifact(
            run, "evaluator", "blessing", "ModelBlessing", blessed=int(not reasons), reasons=json.dumps(reasons)
        )  # fmt: skip
        judged = {"model": model, **({"baseline_model": self.model(base)} if base else {})}
        self.task(run, "evaluator", judged, {"evaluation": evaluation, "blessing": blessing})
        infra = self.artifact(
            run, "infra_validator", "blessing", "InfraBlessing",
            **{"blessed": 1, "reasons": "[]", "loading_seconds": 1.25, "median_ms.serving_default": 1.5},
        )  # fmt: skip
        self.task(run, "infra_validator", {"model": model}, {"blessing": infra})
        said = {"pushed_destination": "/srv/bikes", "pushed_version": run.rpartition("-")[2]}
        refused = {"pushed": 0, "reason": "the model is not blessed"}
        pushed = self.artifact(
            run, "pusher", "pushed_model", "PushedModel", **(refused if reasons else {"pushed": 1, **said})
        )
        self.task(run, "pusher", {"model": model, "model_blessing": blessing}, {"pushed_model": pushed})
        self.ids[run] = self.id_of(model)
        return self.ids[run]


def record_versions(recorded: ModelsHome) -> ModelsHome:
    """Four versions, the last of which is worse than the one before and not blessed."""
    recorded.version("run-1", 0.7)
    recorded.version("run-2", 0.8, 0.7, seed=2, base="run-1")
    recorded.version("run-3", 1.0, 0.8, seed=3, base="run-2")
    recorded.version("run-4", 0.6, 1.0, seed=4, base="run-3")
    return recorded


@pytest.fixture
def models_home(tmp_path: Path) -> Iterator[ModelsHome]:
    """An empty home to record models in."""
    home = Home(tmp_path / "home")
    with Lineage.open(home.metadata_db) as lineage:
        yield ModelsHome(home, lineage)


@pytest.fixture
def versions(models_home: ModelsHome) -> ModelsHome:
    """Four versions, in a home that the test may change."""
    return record_versions(models_home)


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelsHome]:
    """The same four versions, for tests that only look."""
    home = Home(tmp_path_factory.mktemp("models") / "home")
    with Lineage.open(home.metadata_db) as lineage:
        yield record_versions(ModelsHome(home, lineage))
