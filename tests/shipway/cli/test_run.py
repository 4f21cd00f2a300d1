"""`shipway run`, `runs`, `logs`, `compile` and `steps`, each a process of its own, over a pipeline of a user's own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PIPELINE = '''
import json
from kfp import dsl
from shipway.artifacts import Files, Model, ModelBlessing, ModelEvaluation, PushedModel
from shipway.errors import StepError
from shipway.step import Input, Output, StepContext, step


@step(image="control")
def fit(model: Output[Model], context: StepContext, rows: int = 3) -> None:
    """Fit."""
    print("fitting on", rows)
    context.progress(rows)
    (model.path / "weights").write_text("w" * rows)
    if rows > 100:
        raise StepError(f"{rows} rows are too many: give at most 100.")
    if rows > 50:
        raise ValueError("a defect")


@step(image="control")
def judge(
    model: Input[Model], evaluation: Output[ModelEvaluation], blessing: Output[ModelBlessing], bar: float = 0.5
) -> bool:
    """Judge."""
    blessed = bar < 0.7
    worst = {"auc": [{"slice": "hour=3", "value": 0.61, "rows": 40}]}
    evaluation.metadata["summary"] = json.dumps({"rows": 90, "metrics": {"auc": 0.7}, "worst_slices": worst})
    blessing.blessed = int(blessed)
    blessing.metadata["reasons"] = json.dumps([] if blessed else ["auc 0.7 is below 0.9"])
    return blessed


@step(image="control")
def push(model: Input[Model], blessing: Input[ModelBlessing], pushed: Output[PushedModel]) -> None:
    """Push."""
    if blessing.blessed:
        pushed.pushed_destination = "/serving/own"
        pushed.pushed_version = "7"


@dsl.pipeline(name="own")
def own(rows: int = 3, bar: float = 0.5):
    fitted = fit(rows=rows)
    judged = judge(model=fitted.outputs["model"], bar=bar)
    push(model=fitted.outputs["model"], blessing=judged.outputs["blessing"])
'''


class Shell:
    """Runs the command line in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "SHIPWAY_HOME": str(folder / "home")}

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "shipway.cli", *words]
        return subprocess.run(
            command, capture_output=True, text=True, env=self.environment, cwd=self.folder, timeout=60
        )  # fmt: skip

    def json(self, *words: str) -> Any:
        done = self(*words, "--json")
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "own.py").write_text(PIPELINE)
    return Shell(tmp_path)


def test_a_run_ends_with_what_a_person_wants_to_know(shell: Shell) -> None:
    done = shell("run", "own.py")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "started" in line] == [
        "fit: started",
        "judge: started",
        "push: started",
    ]
    said = done.stdout
    assert said.startswith("own: succeeded in ")
    assert "metrics on 90 rows\n  auc  0.7000\n" in said
    assert "worst slices by auc: hour=3 0.6100 (40 rows)" in said
    assert "\nblessed\n" in said
    assert "pushed      /serving/own/7\n" in said
    assert "serve it    shipway serve /serving/own\n" in said
    assert "shipway lineage " in said


def test_json_is_one_object_on_the_last_line_and_the_second_run_is_cached(shell: Shell) -> None:
    first, second = shell.json("run", "own.py"), shell.json("run", "own.py")
    assert list(first) == ["run_id", "state", "seconds", "steps", "metrics", "blessed", "pushed"]
    assert (first["state"], first["metrics"], first["blessed"], first["pushed"]) == (
        "SUCCEEDED",
        {"auc": 0.7},
        True,
        "/serving/own/7",
    )
    assert [step["name"] for step in first["steps"]] == ["fit", "judge", "push"]
    assert [step["cached"] for step in first["steps"]] == [False] * 3
    assert [step["cached"] for step in second["steps"]] == [True] * 3
    assert second["run_id"] != first["run_id"]
    again = shell.json("run", "own.py", "--no-cache")
    assert [step["cached"] for step in again["steps"]] == [False] * 3


def test_a_parameter_changes_what_depends_on_it_alone(shell: Shell) -> None:
    shell("run", "own.py")
    changed = shell.json("run", "own.py", "--param", "bar=0.9")
    assert [(step["name"], step["cached"]) for step in changed["steps"]] == [
        ("fit", True),
        ("judge", False),
        ("push", False),
    ]
    assert (changed["blessed"], changed["pushed"]) == (False, None)
    assert "not blessed\n  auc 0.7 is below 0.9\n" in shell("run", "own.py", "--param", "bar=0.9").stdout


def test_until_runs_only_what_is_needed(shell: Shell) -> None:
    assert [step["name"] for step in shell.json("run", "own.py", "--until", "judge")["steps"]] == ["fit", "judge"]


def test_a_failed_step_says_one_sentence_and_the_run_goes_on_after_a_fix(shell: Shell) -> None:
    failed = shell("run", "own.py", "--param", "rows=101")
    assert failed.returncode == 1
    assert "fit failed: 101 rows are too many: give at most 100.\n" in failed.stdout
    assert "Traceback" not in failed.stdout + failed.stderr
    run_id = failed.stdout.split("run ")[1].split()[0]
    assert f"shipway run own.py --resume {run_id}" in failed.stdout
    assert "fitting on 101" in shell("logs", run_id, "fit").stdout

    (shell.folder / "own.py").write_text(PIPELINE.replace("rows > 100", "rows > 1000").replace("rows > 50", "False"))
    resumed = shell("run", "own.py", "--resume", run_id)
    assert resumed.returncode == 0, resumed.stdout
    assert f"run {run_id}" in resumed.stdout


def test_a_run_is_not_resumed_as_another_pipeline(shell: Shell) -> None:
    failed = json.loads(shell("run", "own.py", "--param", "rows=101", "--json").stdout.splitlines()[-1])
    done = shell("run", "penguins", "--resume", failed["run_id"])
    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: Run '{failed['run_id']}' is one of pipeline 'own', not of 'penguins': ")


def test_a_defect_keeps_its_trace_in_the_log(shell: Shell) -> None:
    failed = shell("run", "own.py", "--param", "rows=60")
    assert failed.returncode == 1
    assert "Traceback" not in failed.stdout + failed.stderr
    run_id = failed.stdout.split("run ")[1].split()[0]
    assert "ValueError: a defect" in shell("logs", run_id, "fit").stdout
    assert 'raise ValueError("a defect")' in shell("logs", run_id, "fit").stdout


def test_runs_are_listed_and_shown(shell: Shell) -> None:
    run_id = shell.json("run", "own.py")["run_id"]
    listed = shell("runs").stdout.splitlines()
    assert listed[0].split() == ["RUN", "PIPELINE", "STATE", "STARTED", "TIME"]
    assert listed[1].split()[:3] == [run_id, "own", "succeeded"]
    shown = shell("runs", "show", run_id).stdout
    assert "with rows=3, bar=0.5" in shown
    assert [line.split()[:2] for line in shown.splitlines()[2:5]] == [
        ["fit", "succeeded"],
        ["judge", "succeeded"],
        ["push", "succeeded"],
    ]
    assert json.loads(shell("runs", "show", run_id, "--json").stdout)["parameters"] == {"rows": 3, "bar": 0.5}


def test_the_compiled_yaml_runs_like_its_source(shell: Shell) -> None:
    done = shell("compile", "own.py", "-o", "own.yaml")
    assert (done.returncode, done.stdout) == (0, "Compiled own.py to own.yaml.\n")
    assert shell.json("run", "own.yaml", "--param", "rows=4")["state"] == "SUCCEEDED"


def on_a_terminal(shell: Shell, *words: str) -> tuple[int, str]:
    """The exit code, and what standard error shows on a terminal."""
    parent, child = pty.openpty()
    environment = {**shell.environment, "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "shipway.cli", *words]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=child, env=environment, cwd=shell.folder
    )  # fmt: skip
    os.close(child)
    drawn = b""
    while True:
        try:
            block = os.read(parent, 4096)
        except OSError:
            break
        if not block:
            break
        drawn += block
    code = process.wait(30)
    os.close(parent)
    return code, drawn.decode()


def test_on_a_terminal_the_steps_are_a_live_table(shell: Shell) -> None:
    code, text = on_a_terminal(shell, "run", "own.py")
    assert code == 0
    assert "step" in text
    assert "rows/s" in text
    assert text.rstrip().count("succeeded") >= 3


def test_a_failure_is_told_beside_the_json_where_the_table_cannot(shell: Shell) -> None:
    code, text = on_a_terminal(shell, "run", "own.py", "--param", "rows=101", "--json")
    assert code == 1
    assert text.count("fit failed: 101 rows are too many: give at most 100.") == 1


HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


def test_a_run_that_breaks_off_gives_the_terminal_back(shell: Shell) -> None:
    spoil = "import pathlib, shutil; shutil.rmtree('home/logs'); pathlib.Path('home/logs').write_text('')"
    (shell.folder / "own.py").write_text(PIPELINE.replace('print("fitting on", rows)', spoil))
    code, text = on_a_terminal(shell, "run", "own.py")
    assert code == 1
    assert "Traceback" not in text
    assert text.count("Error: Cannot write to '") == 1
    assert text.rfind(SHOW_CURSOR) > text.rfind(HIDE_CURSOR) > -1


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["run"], 2, "Name a pipeline"),
        (["run", "no_such_pipeline"], 2, "no_such_pipeline"),
        (["run", "missing.py"], 2, "missing.py"),
        (["run", "own.py", "--param", "rows"], 2, "--param 'rows' is not NAME=VALUE"),
        (["run", "own.py", "--param", "row=3"], 2, "'row'"),
        (["run", "own.py", "--param", "rows=many"], 2, "'many'"),
        (
            ["run", "own.py", "--param", "rows=1", "--param", "rows=2"],
            2,
            "--param rows is given 2 times, as '1' and '2'",
        ),
        (["run", "own.py", "--until", "nothing"], 2, "'nothing'"),
        (["run", "own.py", "--resume", "own-1"], 2, "There is no run 'own-1'"),
        (["run", "own.py", "--resume", "own-1", "--param", "rows=1"], 2, "goes on with the parameters"),
        (["runs", "show", "own-1"], 2, "There is no run 'own-1'"),
        (["runs", "show"], 2, "needs the id of a run"),
        (["logs", "own-1", "fit"], 2, "There is no run 'own-1'"),
        (["steps", "no_such_step"], 2, "There is no step 'no_such_step'"),
        (["compile", "missing.py", "-o", "x.yaml"], 2, "missing.py"),
    ],
)
def test_wrong_usage_gets_one_sentence(shell: Shell, words: list[str], code: int, sentence: str) -> None:
    done = shell(*words)
    assert done.returncode == code
    assert sentence in done.stderr
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_log_of_a_step_that_never_ran_is_not_there(shell: Shell) -> None:
    run_id = shell.json("run", "own.py")["run_id"]
    done = shell("logs", run_id, "train")
    assert done.returncode == 2
    assert "has no log of a step 'train': there are logs of fit, judge, push" in done.stderr


def test_steps_show_their_interface(shell: Shell) -> None:
    listed = shell("steps").stdout
    assert "statistics_gen" in listed
    shown = shell("steps", "statistics_gen").stdout
    assert "shipway_components.statistics_gen" in shown
    assert "examples                    Examples\n" in shown
    described = json.loads(shell("steps", "trainer", "--json").stdout)[0]
    assert described["inputs"]["base_model"] == {"type": "Model", "optional": True}


def test_an_unwritable_home_gets_one_sentence(shell: Shell) -> None:
    (shell.folder / "file").write_text("")
    shell.environment["SHIPWAY_HOME"] = str(shell.folder / "file" / "home")
    done = shell("run", "own.py")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Cannot write to '")
    assert done.stderr.count("\n") == 1


def test_a_corrupt_metadata_store_gets_one_sentence(shell: Shell) -> None:
    (shell.folder / "home").mkdir()
    (shell.folder / "home" / "metadata.db").write_bytes(b"this is not a database" * 100)
    done = shell("run", "own.py")
    assert done.returncode == 1
    assert "metadata.db" in done.stderr
    assert done.stderr.count("Error: ") == 1
    assert "Traceback" not in done.stderr


def test_a_folder_that_was_deleted_under_ones_feet_gets_one_sentence(shell: Shell) -> None:
    (shell.folder / "gone").mkdir()
    script = f'cd "{shell.folder}/gone" && rmdir "$PWD" && exec "{sys.executable}" -m shipway.cli runs'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=shell.environment)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: The current folder was deleted")
    assert "Traceback" not in done.stderr
