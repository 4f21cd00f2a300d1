"""What the report of a run says of the artifacts that its tasks put out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shipway.cli.run_report import as_json, as_text
from shipway.runner import SUCCEEDED, Home, RunResult, TaskResult
from shipway.runner.outputs import ArtifactValue, Values


def result_with(*artifacts: ArtifactValue) -> RunResult:
    tasks = [
        TaskResult(f"task-{number}", SUCCEEDED, outputs=Values({}, {"made": [artifact]}))
        for number, artifact in enumerate(artifacts)
    ]
    return RunResult("own-1", "own", SUCCEEDED, 2.0, tasks)


def artifact(type_name: str, uri: str = "/a", **metadata: str | int) -> ArtifactValue:
    return ArtifactValue(type_name, "system.Artifact", uri, metadata)


@pytest.mark.parametrize(
    ("found", "words"), [(0, None), (1, "the data has one anomaly"), (3, "the data has 3 anomalies")]
)
def test_anomalies_that_did_not_stop_the_run_are_told(tmp_path: Path, found: int, words: str | None) -> None:
    text = as_text(result_with(artifact("ExampleAnomalies", anomalies=found)), Home(tmp_path))
    assert ("the data has" in text) == (words is not None)
    if words:
        assert f"{words}, see: shipway schema diff own-1" in text


def test_the_model_is_the_one_that_was_judged_and_not_the_one_that_was_looked_up(tmp_path: Path) -> None:
    result = result_with(
        artifact("Model", "/new"),
        artifact("Model", "/nowhere", resolved=0),
        artifact("Model", "/old"),
        artifact("ModelBlessing", blessed=1, current_model="/new", reasons="[]"),
    )
    assert "model       /new\n" in as_text(result, Home(tmp_path)) + "\n"


def test_a_model_that_one_judge_refuses_is_not_blessed(tmp_path: Path) -> None:
    blessing = artifact("ModelBlessing", blessed=1)
    refusal = artifact("InfraBlessing", blessed=0, reasons=json.dumps(["it took 9 s to load"]))
    assert as_json(result_with(blessing))["blessed"] is True
    assert as_json(result_with(blessing, refusal))["blessed"] is False
    assert "not blessed\n  it took 9 s to load" in as_text(result_with(blessing, refusal), Home(tmp_path))
    assert as_json(result_with())["blessed"] is False


def test_a_pushed_model_has_a_path_only_when_it_was_pushed() -> None:
    assert as_json(result_with(artifact("PushedModel", pushed=0)))["pushed"] is None
    pushed = artifact("PushedModel", pushed_destination="/serving/own", pushed_version="7")
    assert as_json(result_with(pushed))["pushed"] == "/serving/own/7"
    whole = artifact("PushedModel", pushed_destination="/serving/own/7", pushed_version="7")
    assert as_json(result_with(whole))["pushed"] == "/serving/own/7"


@pytest.mark.parametrize(
    ("inside", "words"), [(True, "serving/own"), (False, "'/models/of mine/own'")], ids=["here", "elsewhere"]
)
def test_the_command_that_serves_what_was_pushed_can_be_typed_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    destination = f"{tmp_path}/serving/own" if inside else "/models/of mine/own"
    pushed = artifact("PushedModel", pushed_destination=destination, pushed_version="7")
    text = as_text(result_with(pushed), Home(tmp_path))
    assert f"pushed      {destination}/7\nserve it    shipway serve {words}\n" in text + "\n"
