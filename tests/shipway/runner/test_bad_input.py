"""What a person may get wrong with a pipeline, its parameters and the home: one sentence each, and nothing begun."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.errors import ContractError, EnvironmentFault, ModuleFileError, ShipwayError, UsageError
from shipway.runner import CompiledPipeline, Home, compile_pipeline, list_runs, prepare_pipeline, run_pipeline
from shipway.runner import compile as compiling
from shipway.runner.compile_worker import ACTIONS
from shipway.runner.journal import Journal
from shipway.runner.targets import resolve_target

PIPELINE = """
from kfp import dsl
from shipway.artifacts import Examples, Model
from shipway.step import Input, Output, step

@step()
def produce(examples: Output[Examples]) -> None:
    "Produce."

@step()
def consume(model: Input[Model]) -> None:
    "Consume."
"""


class NoFiles:
    """Stands for the files that the compiling process has read."""

    def sources(self) -> set[str]:
        return set()


@pytest.fixture
def compile_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker's code run in this process, which has kfp imported already."""
    monkeypatch.setattr(compiling, "_work", lambda home, arguments: ACTIONS[arguments[0]](NoFiles(), *arguments[1:]))
    monkeypatch.setattr(sys, "path", [*sys.path])


def refused(kind: type[ShipwayError], action: Callable[[], Any]) -> str:
    """The one sentence with which `action` is refused."""
    with pytest.raises(kind) as caught:
        action()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", ":", "'"))
    return sentence


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"text": "t", "nmber": "3"},
            "Pipeline 'parameters' has no parameter 'nmber' (did you mean 'number'?); "
            "it has extra, facts, flag, number, share, text, things.",
        ),
        ({}, "Pipeline 'parameters' needs the parameter 'text' (a text): give it with --param NAME=VALUE."),
        (
            {"text": "t", "number": "three"},
            "Parameter 'number' of pipeline 'parameters' is 'three', but it must be a whole number, such as 3.",
        ),
        (
            {"text": "t", "number": 2.5},
            "Parameter 'number' of pipeline 'parameters' is 2.5, but it must be a whole number, such as 3.",
        ),
        (
            {"text": "t", "flag": "maybe"},
            "Parameter 'flag' of pipeline 'parameters' is 'maybe', but it must be true or false, such as true.",
        ),
        (
            {"text": "t", "things": "a,b"},
            "Parameter 'things' of pipeline 'parameters' is 'a,b', but it must be a list, such as [\"a\", \"b\"].",
        ),
        (
            {"text": "postgresql://ann:geheim@host/db"},
            "Parameter 'text' of pipeline 'parameters' holds a password in clear, and parameters are recorded: put the "
            "password into an environment variable and refer to it as ${DB_PASSWORD}.",
        ),
    ],
)
def test_parameters_that_do_not_fit(
    compiled: Callable[[str], CompiledPipeline], home: Home, given: dict[str, Any], sentence: str
) -> None:
    assert refused(UsageError, lambda: run_pipeline(compiled("parameters"), given, home=home)) == sentence
    assert list_runs(home) == []


def test_unknown_step_for_until(compiled: Callable[[str], CompiledPipeline], home: Home) -> None:
    sentence = refused(UsageError, lambda: run_pipeline(compiled("nested"), {}, home=home, until="inner.gret"))
    assert sentence.startswith("Pipeline 'nested' has no step 'inner.gret' (did you mean 'inner.greet'?); it has ")


def test_a_bound_that_lets_nothing_run(compiled: Callable[[str], CompiledPipeline], home: Home) -> None:
    assert "0" in refused(UsageError, lambda: run_pipeline(compiled("chain"), {}, home=home, max_parallel=0))


def test_a_run_id_that_is_taken(compiled: Callable[[str], CompiledPipeline], home: Home) -> None:
    run_pipeline(compiled("chain"), {}, home=home, run_id="mine")
    sentence = refused(UsageError, lambda: run_pipeline(compiled("chain"), {}, home=home, run_id="mine"))
    assert sentence.startswith("There is a run 'mine' already")


@pytest.mark.parametrize(
    ("name", "content", "kind", "sentence"),
    [
        ("text.yaml", "just a text", UsageError, "it holds str where an object belongs"),
        ("empty.yaml", "", UsageError, "it is empty"),
        ("other.yaml", "apiVersion: v1\nkind: Pod\n", UsageError, "it has no 'pipelineInfo' and 'root'"),
        ("broken.yaml", "a: [1,\nb: }", UsageError, "it is no YAML: .* in line 2"),
        ("binary.yaml", b"\x00\xff\xfe", UsageError, "it is no YAML"),
        ("syntax.py", "def f(:\n  pass", ModuleFileError, r"invalid syntax in line 1 of .*syntax\.py"),
        ("raises.py", "x = 1\n1 / 0", ModuleFileError, r"ZeroDivisionError: division by zero in line 2\."),
        ("exits.py", "import sys\nsys.exit(3)", ModuleFileError, "SystemExit: 3 in line 2"),
        ("no_pipeline.py", "x = 1", UsageError, "holds no pipeline"),
        ("random.py", "x = 1", UsageError, "has the name of Python's own module 'random': rename"),
        (
            "two_pipelines.py",
            PIPELINE + "@dsl.pipeline\ndef left():\n    produce()\n@dsl.pipeline\ndef right():\n    produce()\n",
            UsageError,
            r"holds several pipelines \(left, right\): say which, as '.*two_pipelines\.py:left'",
        ),
        (
            "miswired.py",
            PIPELINE + "@dsl.pipeline\ndef p():\n    consume(model=produce().outputs['examples'])\n",
            ContractError,
            r"'produce' produces Examples, .* step 'consume', which takes Model",
        ),
        ("lost.yaml", None, UsageError, "There is no pipeline file '.*lost.yaml'"),
        ("lost.py", None, UsageError, "There is no pipeline file '.*lost.py': check the path"),
    ],
)
@pytest.mark.usefixtures("compile_here")
def test_files_that_are_no_pipeline(
    tmp_path: Path, home: Home, name: str, content: str | bytes | None, kind: type[ShipwayError], sentence: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(kind, match=sentence) as caught:
        prepare_pipeline(str(file), home)
    assert "\n" not in str(caught.value)
    assert list(home.compiled.glob("*")) == [] if home.path.exists() else True


def test_a_pipeline_that_does_not_exist(home: Home) -> None:
    sentence = refused(UsageError, lambda: prepare_pipeline("pengiuns", home))
    assert sentence.startswith("No pipeline 'pengiuns' was found (did you mean 'penguins'?): there are flights,")
    flow = Path(__file__).parent / "flow" / "flow_pipelines.py"
    sentence = refused(UsageError, lambda: prepare_pipeline(f"{flow}:chian", home))
    assert "has no pipeline 'chian' (did you mean 'chain'?)" in sentence


@pytest.mark.usefixtures("compile_here")
def test_a_folder_is_no_pipeline(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "odd.yaml").mkdir()
    (tmp_path / "penguins").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("project", "./project", "odd.yaml", str(tmp_path)):
        sentence = refused(UsageError, lambda name=name: prepare_pipeline(name, home))
        assert sentence == f"{name!r} is a folder: name the .py or .yaml file in it that holds the pipeline."
    assert resolve_target("penguins").module == "shipway_pipelines.penguins.pipeline"


def test_a_compiler_that_is_ended_by_what_it_imports(tmp_path: Path, home: Home) -> None:
    (tmp_path / "leaves.py").write_text("import os\nos._exit(3)")
    (tmp_path / "crashes.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    sentence = refused(EnvironmentFault, lambda: prepare_pipeline(str(tmp_path / "leaves.py"), home))
    assert "ended with code 3 in the middle of an import" in sentence
    assert "SIGSEGV" in refused(EnvironmentFault, lambda: prepare_pipeline(str(tmp_path / "crashes.py"), home))


def test_a_pipeline_of_pipelines_is_the_outer_one(tmp_path: Path, home: Home) -> None:
    file = tmp_path / "onion.py"
    inner = "@dsl.pipeline\ndef inner():\n    produce()\n"
    file.write_text(f"{PIPELINE}{inner}@dsl.pipeline\ndef outer():\n    inner()\n")
    assert prepare_pipeline(str(file), home).name == "outer"
    assert prepare_pipeline(f"{file}:inner", home).name == "inner"


def test_an_unwritable_home(tmp_path: Path, compiled: Callable[[str], CompiledPipeline]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in ("file", "loop/home", "x" * 300):
        home = Home(tmp_path / place)
        assert refused(EnvironmentFault, home.create).startswith(f"Cannot write to '{home.path}' (")
    nowhere = Home(tmp_path / "file" / "home")
    for action in (
        lambda: prepare_pipeline(str(Path(__file__).parent / "flow" / "flow_pipelines.py"), nowhere),
        lambda: run_pipeline(compiled("chain"), {}, home=nowhere),
    ):
        assert refused(EnvironmentFault, action).startswith(f"Cannot write to '{nowhere.path}'")


def test_a_metadata_store_that_is_none(home: Home, compiled: Callable[[str], CompiledPipeline]) -> None:
    home.create()
    home.metadata_db.write_text("this is no database " * 100)
    sentence = refused(EnvironmentFault, lambda: run_pipeline(compiled("chain"), {}, home=home))
    assert str(home.metadata_db) in sentence
    assert list_runs(home) == []


def test_a_full_disk(tmp_path: Path) -> None:
    full = tmp_path / "journal.jsonl"
    full.symlink_to("/dev/full")
    journal = Journal(full)
    assert refused(EnvironmentFault, lambda: journal.append("any", durable=True)).startswith("No space is left on the")
    journal.close()


def test_a_step_that_meets_a_full_disk(tmp_path: Path, home: Home, compiled: Callable[[str], CompiledPipeline]) -> None:
    (tmp_path / "notes").symlink_to("/dev/full")
    given = {"path": str(tmp_path / "notes"), "started": str(tmp_path / "s"), "seconds": 0}
    result = run_pipeline(compiled("resumable"), given, home=home)
    assert result.task("note").sentence.startswith("No space is left on the disk")
    assert [task.state for task in result.tasks] == ["FAILED", "SKIPPED", "SKIPPED"]


def test_compiling_what_is_compiled(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("a: 1")
    assert "is compiled already" in refused(
        UsageError, lambda: compile_pipeline(str(tmp_path / "p.yaml"), tmp_path / "o.yaml")
    )


def test_short_and_dotted_names_and_paths_lead_to_the_same_file(monkeypatch: pytest.MonkeyPatch) -> None:
    short, dotted = resolve_target("penguins"), resolve_target("shipway_pipelines.penguins.pipeline")
    path = resolve_target(str(short.path))
    assert short.module == dotted.module == path.module == "shipway_pipelines.penguins.pipeline"
    assert short.path == dotted.path == path.path
    assert short.folder == dotted.folder == path.folder
