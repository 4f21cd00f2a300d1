"""Evaluations of tables whose column `p` is what the model predicts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.evaluation.eval_config import complete_eval_config, parse_eval_config
from shipway.data.evaluation.evaluate import Evaluation, evaluate, plan_evaluation
from shipway.data.evaluation.metric_keys import OVERALL, MetricKey
from shipway.data.evaluation.metric_values import as_number


def predictions_of(column):
    def predict(batch):
        values = batch.column(batch.schema.get_field_index(column))
        if pa.types.is_list(values.type):
            return {"outputs": np.array(values.to_pylist(), np.float32)}
        return {"outputs": values.to_numpy(zero_copy_only=False)}

    return predict


@dataclass
class Evaluated:
    result: Evaluation

    def value(self, name, slice_key=OVERALL, **variant) -> Any:
        """The only value of a metric of this name in a slice, with the given fields of its key."""
        metrics = self.result.metrics[slice_key]
        wanted = {"is_diff": False, **variant}
        found = [
            value
            for key, value in metrics.items()
            if key.name == name and all(getattr(key, field) == own for field, own in wanted.items())
        ]
        assert len(found) == 1, sorted(metrics, key=MetricKey.sorting)
        number = as_number(found[0])
        return found[0] if number is None else number


@pytest.fixture
def run():
    """Evaluate a table: `run(table, metrics, label_key="y", slices=..., baseline="q", **eval_config)`."""

    def run_evaluation(table, metrics=(), *, slices=({},), baseline="", rubber_stamp=False, model=None, **config):
        spec = {"label_key": "y", **(model or {})}
        given = {
            "model_specs": [spec],
            "slicing_specs": list(slices),
            "metrics_specs": [{"metrics": [m if isinstance(m, dict) else {"class_name": m} for m in metrics]}],
            **config,
        }
        complete = complete_eval_config(parse_eval_config(given), has_baseline=bool(baseline))
        models = {model_spec.name: predictions_of("p") for model_spec in complete.model_specs}
        if baseline:
            models["baseline"] = predictions_of(baseline)
        batches = pa.table(table).to_batches(max_chunksize=7)
        plan = plan_evaluation(complete)
        return Evaluated(
            evaluate(complete, plan, lambda: batches, models, splits=["eval"], rubber_stamp=rubber_stamp)
        )  # fmt: skip

    return run_evaluation


@pytest.fixture
def table():
    """60 rows: labels y, good predictions p, poor ones q, weights w, a text s and an integer h to slice by."""
    random = np.random.default_rng(3)
    labels = random.integers(0, 2, 60)
    return {
        "y": labels,
        "p": np.clip(labels * 0.5 + random.uniform(0, 0.6, 60), 0, 1).astype(np.float32),
        "q": random.uniform(0, 1, 60).astype(np.float32),
        "w": random.uniform(0.5, 2.0, 60).astype(np.float32),
        "s": random.choice(["AA", "BB", "CC"], 60, p=[0.5, 0.4, 0.1]).tolist(),
        "h": random.integers(0, 4, 60),
    }
