"""A shell with a small project in its folder, and what every mistake of a user must look like in it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKED = """
from kfp import dsl
from shipway_components.steps import example_gen, example_validator, import_schema_gen, statistics_gen


@dsl.pipeline(name="checked")
def checked(data: str, pattern: str = "*", schema_file: str = "schema.pbtxt", without: list = [], limit: int = 3):
    one_split = {"split_config": {"splits": [{"name": "train", "hash_buckets": 1}]}}
    files = {"splits": [{"name": "all", "pattern": pattern}]}
    examples = example_gen(input_base=data, input_config=files, output_config=one_split).outputs["examples"]
    statistics = statistics_gen(examples=examples, exclude_splits=without).outputs["statistics"]
    schema = import_schema_gen(schema_file=schema_file).outputs["schema"]
    example_validator(statistics=statistics, schema=schema)
"""
SCHEMA = """
feature { name: "id" type: INT presence { min_fraction: 1.0 min_count: 1 } }
feature { name: "word" type: BYTES presence { min_fraction: 1.0 min_count: 1 } }
"""
GOOD_CSV = b"id,word\n1,a\n2,b\n3,c\n"
TRACE = re.compile(r'Traceback|^ +File "', re.M)


@dataclass(frozen=True)
class Done:
    """A command line that has ended."""

    code: int
    out: str
    err: str

    @property
    def run_id(self) -> str:
        return self.out.splitlines()[0].rpartition("run ")[2]


class Shell:
    """Runs `shipway` in `folder` with a home of its own; `around` is what each command is wrapped in."""

    def __init__(self, folder: Path, home: Path, around: Sequence[str] = ()) -> None:
        self.folder = folder
        self.home = home
        self.around = tuple(around)

    def write(self, name: str, **files: bytes) -> str:
        """A folder of CSV files, the only ones in it; returns its name."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / name).mkdir()
        for stem, content in files.items():
            (self.folder / name / f"{stem}.csv").write_bytes(content)
        return name

    def __call__(self, *words: str) -> Done:
        command = [*self.around, sys.executable, "-m", "shipway.cli", *words]
        environment = {**os.environ, "SHIPWAY_HOME": str(self.home)}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=self.folder, timeout=120)
        assert words[0] == "logs" or not TRACE.search(done.stdout + done.stderr), done
        return Done(done.returncode, done.stdout, done.stderr)

    def runs(self) -> set[str]:
        return {path.name for path in (self.home / "runs").glob("*")}

    def refused(self, *words: str, code: int = 2) -> str:
        """The one sentence with which a command line is refused before anything has begun."""
        before = self.runs()
        done = self(*words)
        assert (done.code, done.out) == (code, ""), done
        assert re.fullmatch(r"Error: [^\n]+[.']\n", done.err), done
        assert self.runs() == before
        return done.err.removeprefix("Error: ").rstrip("\n")

    def fails(self, task: str, *words: str, leaving: str = "") -> str:
        """The one sentence of the task that fails; its trace is in its log alone, and nothing of it looks whole.

        `leaving` is the output that it means to leave.
        """
        done = self("run", *words)
        assert done.code == 1, done
        return self.failure(done, task, leaving)

    def failure(self, done: Done, task: str, leaving: str = "") -> str:
        """The sentence of one of the tasks that have failed."""
        begin = f"{task} failed: "
        [line] = [line for line in done.out.splitlines() if line.startswith(begin)]
        sentence = line.removeprefix(begin)
        [told] = [line for line in done.err.splitlines() if line.startswith(f"{task}: failed")]
        assert told.endswith(f", {sentence}")
        log = self("logs", done.run_id, task).out
        assert "Traceback" in log
        assert sentence in log
        assert sentence.endswith(".")
        outputs = {path.relative_to(self.home).parts[5] for path in self.finished(done.run_id, task)}
        assert outputs == ({leaving} if leaving else set())
        return sentence

    def finished(self, run_id: str, task: str) -> list[Path]:
        """The files of a task that are under their real names."""
        files = (path for folder in self.home.glob(f"artifacts/*/{run_id}/{task}") for path in folder.rglob("*"))
        return [path for path in files if path.is_file() and "/.partial-" not in str(path)]

    def succeeds(self, *words: str) -> Done:
        done = self("run", *words)
        assert done.code == 0, done
        return done


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """One home for all: whatever fails in it, the next correct run succeeds."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "checked.py").write_text(CHECKED)
    (folder / "schema.pbtxt").write_text(SCHEMA)
    shell = Shell(folder, folder / "home")
    shell.write("good", data=GOOD_CSV)
    shell.succeeds("checked.py", "--param", "data=good")
    return shell


@pytest.fixture
def shell_with_home(shell: Shell) -> Callable[..., Shell]:
    """The same project with another home, which has its pipeline compiled already unless `empty`."""

    def make(home: Path, around: Sequence[str] = (), empty: bool = False) -> Shell:
        if not empty:
            shutil.copytree(shell.home / "compiled", home / "compiled")
        return Shell(shell.folder, home, around)

    return make
