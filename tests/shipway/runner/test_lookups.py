"""Steps that look things up: what their `reads` may ask for, and artifacts whose type is known only when found."""

from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import LineageQueries
from shipway.runner import Home, RunResult, prepare_pipeline, run_pipeline

STEPS = '''
from kfp import dsl
from shipway.artifacts import FOUND_TYPE, Artifact, Files, Model
from shipway.step import Input, Output, step


def _state(lineage, pipeline_name, mode):
    if mode == "broken":
        raise ValueError("a defect of the step")
    return f"{pipeline_name} {len(lineage.artifacts('Files'))}"


@step(image="control")
def write(files: Output[Files]) -> None:
    """Write."""
    (files.path / "text").write_text("text")


@step(image="control", reads=_state)
def look_up(found: Output[Artifact], uri: str, mode: str = "") -> None:
    """Find."""
    found.uri = uri
    found.metadata[FOUND_TYPE] = "Files"


@step(image="control")
def read(files: Input[Files]) -> str:
    """Read."""
    return (files.path / "text").read_text()


@step(image="control")
def serve(model: Input[Model]) -> str:
    """Serve."""
    return model.uri


@dsl.pipeline(name="making")
def making():
    write()
'''
FINDING = """
from kfp import dsl
from own_steps import look_up, {consumer}


@dsl.pipeline(name="finding")
def finding(uri: str, mode: str = ""):
    {consumer}({key}=look_up(uri=uri, mode=mode).outputs["found"])
"""


@pytest.fixture
def made(tmp_path: Path, home: Home) -> str:
    """The URI of Files that an earlier run made."""
    (tmp_path / "own_steps.py").write_text(STEPS)
    result = run_pipeline(prepare_pipeline(str(tmp_path / "own_steps.py"), home), {}, home=home)
    return result.task("write").outputs.artifacts["files"][0].uri


def find(tmp_path: Path, home: Home, consumer: str, key: str, **parameters: Any) -> RunResult:
    (tmp_path / "finding.py").write_text(FINDING.format(consumer=consumer, key=key))
    return run_pipeline(prepare_pipeline(str(tmp_path / "finding.py"), home), parameters, home=home)


def test_what_is_found_has_the_type_it_was_recorded_with(tmp_path: Path, home: Home, made: str) -> None:
    result = find(tmp_path, home, "read", "files", uri=made)
    assert result.task("read").outputs.parameters == {"output": "text"}
    with_that_uri = [one for one in LineageQueries.open(home.metadata_db).artifacts() if one.uri == made]
    assert [one.type_name for one in with_that_uri] == ["Files"]


def test_what_is_found_is_of_the_wrong_type(tmp_path: Path, home: Home, made: str) -> None:
    result = find(tmp_path, home, "serve", "model", uri=made)
    assert result.task("serve").state == "FAILED"
    for word in ("'look-up'", "Files", "'serve'", "Model"):
        assert word in result.task("serve").sentence


def test_reads_may_ask_for_lineage_and_the_pipelines_name(tmp_path: Path, home: Home, made: str) -> None:
    find(tmp_path, home, "read", "files", uri=made)
    assert find(tmp_path, home, "read", "files", uri=made).task("look-up").cached
    run_pipeline(prepare_pipeline(str(tmp_path / "own_steps.py"), home), {}, home=home, use_cache=False)
    assert not find(tmp_path, home, "read", "files", uri=made).task("look-up").cached


def test_reads_that_break_fail_their_task_alone(tmp_path: Path, home: Home, made: str) -> None:
    result = find(tmp_path, home, "read", "files", uri=made, mode="broken")
    sentence = result.task("look-up").sentence
    assert "cannot say what it reads beside its inputs: ValueError: a defect of the step in line" in sentence
    assert result.state == "FAILED"
