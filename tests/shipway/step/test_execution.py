import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from shipway.artifacts import Artifact, Examples, Files, Model
from shipway.artifacts.digest import NotAFile
from shipway.errors import StepError
from shipway.step import Input, Output, StepContext, execute, step
from shipway.step.execution import BadMetadata, BadResult, LostOutput, NotFinite
from shipway.step.executor_input import BadExecutorInput, MissingInput, MissingParameter, WrongParameter, unwrap


class Result(NamedTuple):
    rows: int
    note: str


@step()
def generate(
    examples: Output[Examples], context: StepContext, count: int = 3, message: str = "hello", fail: bool = False
) -> Result:
    """Write rows."""
    examples.split_names = ["train"]
    (examples.path / "rows").write_text(message * count)
    (context.work_dir / "scratch").write_text("x")
    context.progress(count)
    if fail:
        raise StepError("The rows are bad.")
    return Result(count, f"{context.pipeline_name}/{context.run_id}/{context.task_name}")


@step()
def spoil(first: Output[Files], second: Output[Files], how: str) -> None:
    """Leave an output that cannot be kept, after one that can."""
    (first.path / "whole").write_text("whole")
    if how == "removed":
        second.path.rmdir()
    elif how == "pipe":
        os.mkfifo(second.path / "pipe")
    elif how == "link":
        (second.path / "link").symlink_to(second.path / "nothing")
    else:
        second.metadata["rows"] = {"set": {1, 2}, "nan": float("nan")}[how]


@step()
def consume(examples: Input[Examples], copy: Output[Files], other: Input[Model] | None = None) -> None:
    """Copy rows."""
    note = "none" if other is None else other.uri
    (copy.path / "copy").write_text((examples.path / "rows").read_text() + note + examples.split_names[0])


@step()
def redirect(chosen: Output[Artifact], uri: str = "") -> None:
    """Point to something that exists."""
    chosen.uri = uri
    chosen.metadata["span"] = 4


@step()
def gather(parts: Input[list[Files]], ratio: float = 1.0) -> int:
    """Count."""
    return len(parts)


@step()
def wrong_result(required: int) -> int:
    """Promise a number."""
    return "text"  # type: ignore[return-value]


@step()
def diverge() -> float:
    """Return what JSON cannot say."""
    return float("inf")


def executor_input(folder: Path, outputs=(), parameters=None, artifacts=None, results=()):
    attempt = folder / "pipe" / "run-1" / "task" / "uuid"
    return {
        "inputs": {
            "parameterValues": parameters or {},
            "artifacts": {name: {"artifacts": items} for name, items in (artifacts or {}).items()},
        },
        "outputs": {
            "artifacts": {name: {"artifacts": [{"name": name, "uri": str(attempt / name)}]} for name in outputs},
            "parameters": {name: {"outputFile": str(folder / "out" / name)} for name in results},
            "outputFile": str(attempt / "output_metadata.json"),
        },
    }


def test_a_step_writes_what_kubeflow_reads(tmp_path):
    seen = []
    call = executor_input(tmp_path, ["examples"], {"count": 2.0, "message": "hi"}, results=["rows", "note"])
    output = execute(generate, call, progress=seen.append)

    attempt = tmp_path / "pipe" / "run-1" / "task" / "uuid"
    assert json.loads((attempt / "output_metadata.json").read_text()) == output
    assert output["parameterValues"] == {"rows": 2, "note": "pipe/run-1/task"}
    [artifact] = output["artifacts"]["examples"]["artifacts"]
    assert artifact["uri"] == str(attempt / "examples")
    assert artifact["metadata"]["split_names"] == '["train"]'
    assert len(artifact["metadata"]["digest"]) == 64
    assert artifact["metadata"]["size_bytes"] == len("hihi")
    assert (attempt / "examples" / "rows").read_text() == "hihi"
    assert (tmp_path / "out" / "rows").read_text() == "2"
    assert (tmp_path / "out" / "note").read_text() == "pipe/run-1/task"
    assert seen == [2]
    assert sorted(path.name for path in attempt.iterdir()) == ["examples", "output_metadata.json"]


def test_a_failed_step_publishes_nothing(tmp_path):
    with pytest.raises(StepError, match=r"The rows are bad\."):
        execute(generate, executor_input(tmp_path, ["examples"], {"fail": True}))
    assert list((tmp_path / "pipe" / "run-1" / "task" / "uuid").iterdir()) == []


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("removed", LostOutput, "has removed the folder of its output 'second': write the files into it"),
        ("pipe", NotAFile, r"/pipe' is a link to nothing, or neither a file nor a folder"),
        ("link", NotAFile, r"/link' is a link to nothing"),
        ("nan", NotFinite, "sets the metadata 'rows' of its output 'second' to NaN or infinity: set a finite number"),
        ("set", BadMetadata, "sets the metadata 'rows' of its output 'second' to a set: set a text or a number"),
    ],
)
def test_an_output_that_cannot_be_kept_keeps_the_others_back(tmp_path, how, error, words):
    with pytest.raises(error, match=words):
        execute(spoil, executor_input(tmp_path, ["first", "second"], {"how": how}))
    assert list((tmp_path / "pipe" / "run-1" / "task" / "uuid").iterdir()) == []


def test_inputs_are_read_by_the_signature(tmp_path):
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "rows").write_text("r")
    mangled = {"uri": str(tmp_path / "e"), "name": "7", "metadata": {"split_names": {"list": ["train"]}, "span": 2.0}}
    output = execute(consume, executor_input(tmp_path, ["copy"], artifacts={"examples": [mangled]}))
    copy = Path(output["artifacts"]["copy"]["artifacts"][0]["uri"])
    assert (copy / "copy").read_text() == "rnonetrain"


def test_an_unresolved_artifact_counts_as_none(tmp_path):
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "rows").write_text("r")
    wired = {
        "examples": [{"uri": str(tmp_path / "e"), "metadata": {"split_names": '["train"]'}}],
        "other": [{"uri": str(tmp_path / "m"), "metadata": {"resolved": 0}}],
    }
    output = execute(consume, executor_input(tmp_path, ["copy"], artifacts=wired))
    copy = Path(output["artifacts"]["copy"]["artifacts"][0]["uri"])
    assert (copy / "copy").read_text() == "rnonetrain"


def test_an_output_can_point_to_what_exists(tmp_path):
    (tmp_path / "old").mkdir()
    output = execute(redirect, executor_input(tmp_path, ["chosen"], {"uri": str(tmp_path / "old")}))
    [artifact] = output["artifacts"]["chosen"]["artifacts"]
    assert artifact["uri"] == str(tmp_path / "old")
    assert artifact["metadata"]["span"] == 4
    attempt = tmp_path / "pipe" / "run-1" / "task" / "uuid"
    assert [path.name for path in attempt.iterdir()] == ["output_metadata.json"]


def test_a_list_input_takes_several(tmp_path):
    (tmp_path / "p").mkdir()
    items = [{"uri": str(tmp_path / "p")}, {"uri": str(tmp_path / "p")}]
    assert execute(gather, executor_input(tmp_path, artifacts={"parts": items}))["parameterValues"] == {"output": 2}


@pytest.mark.parametrize(
    ("declared", "arguments", "error", "words"),
    [
        (consume, {"outputs": ["copy"]}, MissingInput, "'consume' needs the input 'examples', but nothing is wired"),
        (
            consume,
            {"outputs": ["copy"], "artifacts": {"examples": [{"uri": "/not/there"}]}},
            MissingInput,
            "nothing lies at '/not/there'",
        ),
        (
            generate,
            {"outputs": ["examples"], "parameters": {"count": "many"}},
            WrongParameter,
            "'count' of step 'generate' is 'many', which is not a whole number",
        ),
        (generate, {"outputs": ["examples"], "parameters": {"count": 2.5}}, WrongParameter, "2.5"),
        (wrong_result, {}, MissingParameter, "'wrong_result' needs the parameter 'required'"),
        (wrong_result, {"parameters": {"required": 1}}, BadResult, "declares the output parameters output"),
        (diverge, {}, NotFinite, "Step 'diverge' sets its output parameter 'output' to NaN or infinity"),
        (generate, {}, BadExecutorInput, "outputs.artifacts.examples"),
    ],
)
def test_bad_calls_get_one_sentence(tmp_path, declared, arguments, error, words):
    with pytest.raises(error, match=words):
        execute(declared, executor_input(tmp_path, **arguments))


def test_metadata_is_unwrapped_to_what_was_written():
    assert unwrap({"struct": {"a": {"list": [1, 2]}}}) == {"a": [1, 2]}
    assert unwrap({"list": "a"}) == {"list": "a"}
    assert unwrap(5) == 5
