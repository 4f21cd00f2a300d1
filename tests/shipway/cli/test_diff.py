"""`shipway diff`: parameters, data and metrics of two runs."""

from __future__ import annotations

import json
from typing import Any

import pytest


def rows(answer: Any, title: str) -> dict[str, list[str]]:
    section = answer.out.split(f"{title}:\n")[1].split("\n\n")[0]
    return {words[0]: words[1:] for words in (line.split() for line in section.splitlines()[1:])}


def test_what_differs(two_runs: Any, shipway: Any) -> None:
    answer = shipway("diff", "run-1", "run-2")
    assert answer.code == 0
    assert rows(answer, "Parameters") == {
        "example_gen.spans": ["1", "2"],
        "trainer.train_args": ['{"n":', "1}", '{"n":', "2}"],
    }
    assert rows(answer, "Data") == {
        "example_gen.examples.span": ["1", "2", "+1"],
        "example_gen.examples.rows": ["100", "200", "+100"],
        "example_gen.examples.digest": ["1-of-exam...", "2-of-exam..."],
    }
    assert rows(answer, "Metrics")["evaluator.evaluation.auc"] == ["0.91", "0.92", "+0.01"]
    assert rows(answer, "Metrics")["evaluator.blessing.blessed"] == ["1", "1"]


def test_the_same_run_twice_differs_in_nothing(two_runs: Any, shipway: Any) -> None:
    answer = shipway("diff", "run-1", "run-1")
    assert "Parameters:\n  the same in both (2 compared)" in answer.out
    assert "schema_gen.schema.digest" in shipway("diff", "run-1", "run-1", "--all").out


def test_what_only_one_run_has(home: Any, shipway: Any) -> None:
    home.task("run-1", "trainer", {}, {}, num_steps=5)
    home.task("run-2", "trainer", {}, {}, num_steps=5, warm_start=True)
    assert rows(shipway("diff", "run-1", "run-2"), "Parameters") == {"trainer.warm_start": ["-", "1"]}


def test_the_last_attempt_of_a_task_counts(home: Any, shipway: Any) -> None:
    home.task("run-1", "trainer", {}, {}, num_steps=5)
    home.task("run-1", "trainer", {}, {}, num_steps=6)
    home.task("run-2", "trainer", {}, {}, num_steps=6)
    assert "the same in both (1 compared)" in shipway("diff", "run-1", "run-2").out


def test_json(two_runs: Any, shipway: Any) -> None:
    found = json.loads(shipway("diff", "run-1", "run-2", "--json").out)
    assert (found["left"]["run_id"], found["right"]["pipeline"]) == ("run-1", "taxi")
    assert {"name": "example_gen.examples.rows", "left": 100, "right": 200} in found["data"]


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [("nope", "No run 'nope' is recorded"), ("run", "'run' is the beginning of 2 runs"), ("", "No run '' is recorded")],
)
def test_unknown_and_ambiguous_runs(two_runs: Any, shipway: Any, reference: str, sentence: str) -> None:
    answer = shipway("diff", "run-1", reference)
    assert answer.code == 2
    assert answer.err.startswith(f"Error: {sentence}")
