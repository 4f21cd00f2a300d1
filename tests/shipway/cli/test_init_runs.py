"""The project that `shipway init` makes runs at once, and its own tests pass."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shipway.cli.init import create_project

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place") / "owls"
    create_project(folder)
    return folder


def call(project: Path, *words: str) -> str:
    environment = {**os.environ, "SHIPWAY_HOME": str(project / ".shipway")}
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_runs_to_a_pushed_model(project):
    report = json.loads(call(project, "shipway.cli", "run", "pipeline.py", "--json").splitlines()[-1])
    assert report["blessed"] is True
    assert Path(report["pushed"]).parent == project / "serving" / "owls"
    assert report["metrics"]["sparse_categorical_accuracy"] > 0.9
    assert "clean" in [step["name"] for step in report["steps"]]


def test_its_own_tests_pass(project):
    assert "3 passed" in call(project, "pytest", "-q", "-p", "no:cacheprovider")
