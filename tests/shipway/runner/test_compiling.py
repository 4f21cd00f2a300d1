"""Compiled once, kept while its sources are; and the YAML of Kubeflow is a target like any other."""

from pathlib import Path

import pytest

from shipway.errors import ContractError
from shipway.runner import Home, compile_pipeline, prepare_pipeline, run_pipeline
from shipway.runner import compile as compiling

HELPER = "WORD = 'one'\n"
SETTINGS = '{"text": "from a file"}'
STEPS = """
from typing import NamedTuple
from shipway.step import step

class Said(NamedTuple):
    said: str

@step(image="control", timeout_seconds=0.5, retries=0)
def speak(word: str = "") -> Said:
    "Speak."
    return Said(word)
"""
PIPELINE = """
import json
from pathlib import Path
from kfp import dsl
from helper_of_compiling import WORD
from steps_of_compiling import speak

TEXT = json.loads(Path(__file__).with_name("settings.json").read_text())["text"]

@dsl.pipeline(name="kept")
def kept(word: str = WORD, text: str = TEXT):
    speak(word=word)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "helper_of_compiling.py").write_text(HELPER)
    (folder / "settings.json").write_text(SETTINGS)
    (folder / "steps_of_compiling.py").write_text(STEPS)
    (folder / "pipeline_of_compiling.py").write_text(PIPELINE)
    return folder / "pipeline_of_compiling.py"


def test_a_pipeline_is_compiled_again_only_when_something_it_was_made_from_has_changed(
    project: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    work = compiling._work
    monkeypatch.setattr(compiling, "_work", lambda home, arguments: calls.append(arguments[0]) or work(home, arguments))
    first = prepare_pipeline(str(project), home)
    assert prepare_pipeline(str(project), home).spec == first.spec
    assert calls == ["compile"]
    (project.parent / "helper_of_compiling.py").write_text("WORD = 'two'\n")
    assert prepare_pipeline(str(project), home).parameters["word"].default == "two"
    (project.parent / "settings.json").write_text('{"text": "changed"}')
    assert prepare_pipeline(str(project), home).parameters["text"].default == "changed"
    assert calls == ["compile"] * 3


def test_the_yaml_for_the_cluster_runs_here_too(project: Path, home: Home, tmp_path: Path) -> None:
    package = project.with_suffix(".yaml")
    compile_pipeline(str(project), package)
    compiled = prepare_pipeline(str(package), home)
    assert compiled.steps["steps_of_compiling.speak"].timeout_seconds == 0.5
    result = run_pipeline(compiled, {"word": "hello"}, home=home)
    assert result.task("speak").outputs.parameters == {"said": "hello"}
    assert "activeDeadlineSeconds: '1'" in package.read_text()


def test_a_file_inside_a_package_may_import_from_it(project: Path, home: Home) -> None:
    package = project.parent / "package_of_compiling"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner_steps.py").write_text(STEPS)
    relative = PIPELINE.replace("from steps_of_compiling", "from .inner_steps").replace(
        "with_name(", "parent.with_name("
    )
    (package / "flow.py").write_text(relative)
    compiled = prepare_pipeline(str(package / "flow.py"), home)
    assert list(compiled.steps) == ["package_of_compiling.inner_steps.speak"]
    assert run_pipeline(compiled, {}, home=home).state == "SUCCEEDED"


def test_a_step_that_is_not_installed_here_is_named(project: Path, home: Home) -> None:
    package = project.with_suffix(".yaml")
    compile_pipeline(str(project), package)
    package.write_text(package.read_text().replace("steps_of_compiling.speak", "module_of_nobody.speak"))
    with pytest.raises(ContractError, match=r"Step 'module_of_nobody\.speak' cannot be loaded"):
        prepare_pipeline(str(package), home)


def test_what_a_pipeline_prints_while_it_is_compiled_stays_off_standard_output(
    project: Path, home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write_text(PIPELINE + "print('noise')\n")
    prepare_pipeline(str(project), home)
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "noise" in printed.err
