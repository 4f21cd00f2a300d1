"""The command line against the stand-in for Kubeflow Pipelines, with compiled files: they need no compiler."""

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest
import yaml

from shipway.cli.__main__ import main

RUN = "5e0bbd3f-6f54-4a5c-a1a9-6a2f0d9c7b11"


@dataclass
class Called:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def call(pipelines, tmp_path, monkeypatch, capsys):
    """Call `shipway WORDS`, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))

    def calling(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Called(code, said.out, said.err)

    return calling


def task(component, **more):
    return {
        "taskInfo": {"name": component},
        "componentRef": {"name": f"comp-{component}"},
        "cachingOptions": {"enableCache": True},
        **more,
    }


CONTAINER = {"image": "example.com/train:1", "command": ["true"]}
SPEC = {
    "pipelineInfo": {"name": "taxi"},
    "schemaVersion": "2.1.0",
    "sdkVersion": "kfp-2.13.0",
    "components": {"comp-train": {"executorLabel": "exec-train"}},
    "deploymentSpec": {"executors": {"exec-train": {"container": CONTAINER}}},
    "root": {
        "inputDefinitions": {
            "parameters": {
                "rows": {"parameterType": "NUMBER_INTEGER", "defaultValue": 5, "isOptional": True},
                "name": {"parameterType": "STRING"},
            }
        },
        "dag": {"tasks": {"train": task("train")}},
    },
}


@pytest.fixture
def pipeline(tmp_path):
    """A compiled pipeline that takes `rows`, a whole number, and `name`."""
    file = tmp_path / "taxi.yaml"
    file.write_text(yaml.safe_dump(SPEC))
    return file


@pytest.fixture
def a_run(pipelines):
    """A run of taxi: example_gen was cached, trainer failed."""
    pipelines.add_run(RUN, "taxi monday", "FAILED", pipeline="taxi")
    pipelines.add_workflow(
        RUN,
        *pipelines.steps("root.example-gen", start=3, cached="true"),
        *pipelines.steps("root.trainer", "Failed", start=10, message="main: Error (exit code 1)"),
    )
    pipelines.logs[RUN, pipelines.node_id(RUN, "root.trainer.executor")] = b"epoch 1\nError: No column 'fare'.\n"
    return RUN


@pytest.fixture
def imported_by():
    """The modules that a process has imported once it has called the command line."""

    def imported(*words):
        code = (
            "import sys\nfrom shipway.cli.__main__ import main\n"
            f"try: main({list(words)!r})\nexcept SystemExit: pass\nprint(*sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return set(done.stdout.splitlines()[-1].split())

    return imported
