"""`shipway lineage`: both trees, what may name an artifact, and JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipway.cli.lineage_tree import tree_up


def test_both_trees(two_runs: Any, shipway: Any) -> None:
    answer = shipway("lineage", two_runs.uri("run-2", "trainer", "model"))
    assert answer.code == 0
    ids = {one.uri: one.id for one in two_runs.lineage.queries().artifacts()}
    name = {key: ids[two_runs.uri(*key)] for key in [
        ("run-2", "trainer", "model"), ("run-1", "schema_gen", "schema"), ("run-1", "example_gen", "examples"),
        ("run-2", "example_gen", "examples"), ("run-2", "evaluator", "blessing"),
        ("run-2", "evaluator", "evaluation"), ("run-2", "pusher", "pushed_model"),
    ]}  # fmt: skip
    model, schema, old, new, blessing, evaluation, pushed = name.values()
    assert answer.lines == [
        f"Model {model}  {two_runs.uri('run-2', 'trainer', 'model')}",
        "",
        "Made from:",
        "└─ trainer  (run-2)",
        f"   ├─ schema: Schema {schema}",
        "   │  └─ schema_gen  (run-1, and 1 time from the cache)",
        f"   │     └─ examples: Examples {old}  (span 1, rows 100)",
        "   │        └─ example_gen  (run-1)",
        f"   └─ examples: Examples {new}  (span 2, rows 200)",
        "      └─ example_gen  (run-2)",
        "",
        "Went into:",
        "├─ evaluator  (run-2)",
        f"│  ├─ evaluation: ModelEvaluation {evaluation}",
        f"│  └─ blessing: ModelBlessing {blessing}  (blessed 1)",
        "│     └─ pusher  (run-2)",
        f"│        └─ pushed_model: PushedModel {pushed}  (pushed_version 2)",
        "└─ pusher  (run-2)  (as above)",
    ]


def test_one_direction_and_a_depth(two_runs: Any, shipway: Any) -> None:
    uri = two_runs.uri("run-2", "trainer", "model")
    up, down = shipway("lineage", uri, "--up", "--depth", "1"), shipway("lineage", uri, "--down", "--depth", "1")
    assert [line.split()[1] for line in up.lines[3:]] == ["trainer", "schema:", "examples:"]
    assert "Made from:" not in down.out
    assert "pushed_model" in down.out
    assert "pusher  (run-2)\n" in down.out


def test_an_end_of_the_lineage(two_runs: Any, shipway: Any) -> None:
    answer = shipway("lineage", two_runs.uri("run-2", "pusher", "pushed_model"), "--down")
    assert answer.lines[-1] == "  nothing that is recorded"


def test_a_path_inside_an_artifact_or_a_served_model_names_it(two_runs: Any, shipway: Any) -> None:
    inside = shipway("lineage", two_runs.uri("run-1", "trainer", "model") + "/Format-Serving/saved_model.pb")
    assert inside.lines[0].startswith("Model ")
    served = shipway("lineage", str(two_runs.path / "served" / "1"), "--up")
    assert served.lines[0].endswith(two_runs.uri("run-1", "pusher", "pushed_model"))


def test_json_holds_the_graphs(two_runs: Any, shipway: Any) -> None:
    graphs = json.loads(shipway("lineage", two_runs.uri("run-1", "example_gen", "examples"), "--json").out)
    assert {one["type_name"] for one in graphs["down"]["artifacts"]} >= {"Schema", "Model", "PushedModel"}
    assert {one["task"] for one in graphs["up"]["executions"]} == {"example_gen"}
    assert graphs["up"]["edges"] == [
        {
            "execution_id": graphs["up"]["executions"][0]["id"],
            "artifact_id": graphs["artifact"]["id"],
            "key": "examples",
            "is_output": True,
        }
    ]


@pytest.mark.parametrize("reference", ["12345", "/no/such/path", "model"])
def test_an_unknown_artifact(two_runs: Any, shipway: Any, reference: str) -> None:
    answer = shipway("lineage", reference)
    assert answer.code == 2
    assert answer.err.startswith(f"Error: No artifact '{reference}' is recorded")


def test_a_lineage_deeper_than_calls_may_nest(home: Any) -> None:
    before: dict[str, Any] = {}
    for number in range(400):
        model = home.artifact(f"run-{number}", "trainer", "model", "Model")
        home.task(f"run-{number}", "trainer", before, {"model": model})
        before = {"base_model": model}
    queries = home.lineage.queries()
    last = queries.latest_artifact("Model")
    assert last is not None
    assert len(tree_up(queries.upstream(last.id))) == 400 + 399
