"""`shipway artifacts` and `shipway artifacts show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def test_the_list_is_newest_first(two_runs: Any, shipway: Any) -> None:
    answer = shipway("artifacts")
    assert answer.code == 0
    assert answer.lines[0].split() == ["ID", "TYPE", "STATE", "CREATED", "DIGEST", "URI"]
    assert len(answer.lines) == 1 + 11
    assert answer.lines[1].split()[1:3] == ["PushedModel", "LIVE"]
    assert answer.lines[1].endswith(two_runs.uri("run-2", "pusher", "pushed_model"))


def test_by_type_and_limited(two_runs: Any, shipway: Any) -> None:
    models = json.loads(shipway("artifacts", "--type", "Model", "--json").out)
    assert [one["digest"] for one in models] == ["2-of-model-of-run-2", "1-of-model-of-run-1"]
    assert len(shipway("artifacts", "--limit", "3").lines) == 4
    assert len(shipway("artifacts", "--limit", "0").lines) == 12


def test_show_tells_who_made_and_used_it(two_runs: Any, shipway: Any) -> None:
    uri = two_runs.uri("run-1", "schema_gen", "schema")
    answer = shipway("artifacts", "show", uri)
    facts = dict(line.split(maxsplit=1) for line in answer.out.replace(" by", "-by").splitlines()[1:])
    assert answer.lines[0].startswith("Schema ")
    assert facts["made-by"] == "schema_gen of run-1 (complete); schema_gen of run-2 (cached)"
    assert facts["used-by"] == "trainer of run-1 (complete); trainer of run-2 (complete)"
    shown = json.loads(shipway("artifacts", "show", uri, "--json").out)
    assert [one["state"] for one in shown["made_by"]] == ["COMPLETE", "CACHED"]
    assert shown["uri"] == uri


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["artifacts", "show", "999"], 2, "No artifact '999' is recorded"),
        (["artifacts", "show"], 2, "needs the id, URI or path"),
        (["artifacts", "--type", "Modle"], 2, "No artifact of type 'Modle' is recorded"),
        (["artifacts", "--limit", "many"], 2, "invalid int value: 'many'"),
    ],
)
def test_wrong_usage(two_runs: Any, shipway: Any, words: list[str], code: int, sentence: str) -> None:
    answer = shipway(*words)
    assert (answer.code, answer.out) == (code, "")
    assert sentence in answer.err


def test_a_known_type_with_no_artifacts_is_an_empty_list(two_runs: Any, shipway: Any) -> None:
    assert json.loads(shipway("artifacts", "--type", "HyperParameters", "--json").out) == []


def test_a_home_in_which_nothing_ran(shipway: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "empty"))
    answer = shipway("artifacts")
    assert answer.code == 1
    assert answer.err.startswith("Error: There is no metadata store at ")
    assert not (tmp_path / "empty").exists()


def test_a_corrupt_store_is_one_sentence(shipway: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path))
    (tmp_path / "metadata.db").write_text("no database")
    answer = shipway("artifacts")
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "metadata.db' is damaged or not a metadata store at all" in answer.err
