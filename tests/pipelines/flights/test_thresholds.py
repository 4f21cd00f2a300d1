"""What blesses a model: a constant one fails, one that says nothing that is a number fails, a fair one passes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.evaluation.errors import PredictionsNotFinite
from shipway.data.evaluation.eval_config import complete_eval_config, parse_eval_config
from shipway.data.evaluation.evaluate import evaluate, plan_evaluation
from shipway.data.evaluation.reasons import reasons_of
from shipway_pipelines.flights.pipeline import EVAL_CONFIG, HIGHEST_LOSS, LOWEST_AUC

ROWS = 9000
LATE = 0.2447


@pytest.fixture(scope="module")
def rows():
    """As many late flights as there really are, and how risky each one was."""
    random = np.random.default_rng(1)
    risk = random.normal(size=ROWS)
    late = risk + random.normal(size=ROWS) * 0.8 > np.quantile(risk, 1 - LATE) + 0.2
    return pa.RecordBatch.from_pydict(
        {
            "late": late.astype(np.int64),
            "risk": risk,
            "carrier": random.choice(["UA", "B6", "EV"], ROWS),
            "origin": random.choice(["EWR", "JFK", "LGA"], ROWS),
            "hour": random.integers(5, 24, ROWS),
        }
    )


def judge(rows, says):
    config = complete_eval_config(parse_eval_config(EVAL_CONFIG), has_baseline=False)
    model = {config.model_specs[0].name: lambda batch: {"outputs": says(batch)}}
    return evaluate(config, plan_evaluation(config), lambda: [rows], model)


def risk(batch):
    return batch.column(batch.schema.get_field_index("risk")).to_numpy()


def test_a_fair_model_is_blessed(rows):
    result = judge(rows, lambda batch: 1 / (1 + np.exp(1.8 - 1.8 * risk(batch))))
    assert result.validation.validation_ok, reasons_of(result.validation, {})
    assert len(result.metrics) == 1 + 3 + 3 + 19


@pytest.mark.parametrize("constant", [0.0, LATE, 1.0])
def test_a_constant_model_is_not(rows, constant):
    result = judge(rows, lambda batch: np.full(batch.num_rows, constant))
    reasons = " ".join(reasons_of(result.validation, {}))
    assert not result.validation.validation_ok
    assert str(LOWEST_AUC) in reasons
    assert str(HIGHEST_LOSS) in reasons


def test_a_model_that_is_right_about_two_airports_only_is_not(rows):
    def says(batch):
        origin = np.array(batch.column(batch.schema.get_field_index("origin")).to_pylist())
        return np.where(origin == "JFK", LATE, 1 / (1 + np.exp(1.8 - 1.8 * risk(batch))))

    result = judge(rows, says)
    assert not result.validation.validation_ok
    assert any("JFK" in reason for reason in reasons_of(result.validation, {}))


def test_a_model_that_answers_nan_is_refused(rows):
    with pytest.raises(PredictionsNotFinite):
        judge(rows, lambda batch: np.where(risk(batch) > 1, np.nan, 0.5))
