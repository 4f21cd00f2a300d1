"""Pipelines in a real Kubeflow Pipelines, by the commands that people use: the same compiled pipelines as everywhere.

The steps of the small pipelines lie in a ConfigMap, which their pods mount: no image is built for them.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_release import HelmRelease

from harness.cluster import Cluster, until
from shipway.artifacts import local_path
from shipway.artifacts import object_store as stored
from shipway.lineage import LineageQueries, RecordedExecution
from shipway.settings import MetadataAddress

STEPS = Path(__file__).with_name("steps_on_both_engines.py")
NAMESPACE = os.environ.get("SHIPWAY_KFP_NAMESPACE") or "kubeflow"
RUN_SECONDS = 900
FIRST_RUNS_SECONDS = 240

BOTH_ENGINES = """
from typing import List

from kfp import dsl
from steps_on_both_engines import add_up, classify, halve, read_number, tidy_up, triple, write_square


@dsl.pipeline(name="twice-halved")
def twice_halved(number: int) -> int:
    return halve(number=halve(number=number).output).output


@dsl.pipeline(name="both-engines")
def both_engines(number: int = 4, items: List[int] = [2, 3]) -> None:
    with dsl.ExitHandler(tidy_up(word="all of it")):
        kind = classify(number=number)
        with dsl.If(kind.output == "even"):
            nested = twice_halved(number=number)
            triple(number=nested.output)
        with dsl.Elif(kind.output == "odd"):
            halve(number=number)
        with dsl.Else():
            triple(number=number)
        with dsl.ParallelFor(items) as item:
            squared = write_square(number=item)
            with dsl.If(squared.outputs["output"] > 4):
                read_number(square=squared.outputs["square"])
        add_up(numbers=dsl.Collected(squared.outputs["output"]))
"""

FAILS_FIRST = """
from kfp import dsl
from steps_on_both_engines import fail_unless_fixed, triple


@dsl.pipeline(name="fails-first")
def fails_first(number: int) -> None:
    fail_unless_fixed(number=triple(number=number).output)
"""

TICKS = """
from kfp import dsl
from steps_on_both_engines import triple


@dsl.pipeline(name="ticks")
def ticks(number: int) -> None:
    triple(number=number)
"""

HALVES = """
from kfp import dsl
from steps_on_both_engines import halve, triple


@dsl.pipeline(name="inner")
def inner(number: int) -> int:
    return halve(number=number).output


@dsl.pipeline(name="halves")
def halves(number: int) -> None:
    inner(number=triple(number=number).output)
"""


@dataclass
class Project:
    """A folder with pipelines, the steps that they take, and the cluster they are placed in."""

    folder: Path
    environment: dict[str, str]
    token_file: Path
    metadata_url: str
    started: list[str] = field(default_factory=list)

    def called(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "shipway.cli", *words],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )

    def shipway(self, *words: str, code: int = 0, **environment: str) -> str:
        """What the command prints."""
        done = self.called(*words, **environment)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def refused(self, *words: str) -> str:
        """The last line of what a command says that is called wrongly."""
        done = self.called(*words)
        assert done.returncode == 2, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stderr.strip().splitlines()[-1]

    def submitted(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The JSON of a run that has ended."""
        run = json.loads(self.shipway("submit", *words, "--wait", "--json", code=code).splitlines()[-1])
        self.started.append(run["run_id"])
        return run

    def recorded(self, run_id: str) -> list[RecordedExecution]:
        """What the steps of a run have told the metadata service."""
        address = {"SHIPWAY_METADATA": self.metadata_url, "SHIPWAY_METADATA_TOKEN_FILE": str(self.token_file)}
        found = MetadataAddress.from_environment(address)
        assert found is not None
        queries = LineageQueries.open(found)
        try:
            return queries.run(run_id)
        finally:
            queries.close()


@pytest.fixture(scope="module")
def metadata_url(cluster: Cluster, release_for_runs: HelmRelease) -> Iterator[str]:
    service = f"{release_for_runs.name}-metadata"
    ports = cluster.get("service", service, namespace=release_for_runs.namespace)["spec"]["ports"]
    (grpc,) = [one["port"] for one in ports if one["name"] == "grpc"]
    with cluster.port_forward(f"svc/{service}", grpc, release_for_runs.namespace) as port:
        yield f"grpc://127.0.0.1:{port}"


@pytest.fixture
def project(kfp: str, images, release_for_runs: HelmRelease, metadata_url: str, tmp_path: Path) -> Project:
    """A project whose runs tell the release's metadata service, as does everybody who asks of them."""
    token_file = tmp_path / "token"
    token_file.write_text(release_for_runs.tokens["shipway-metadata-token"])
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(placed_by(images)))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SHIPWAY_")},
        "SHIPWAY_KFP": kfp,
        "SHIPWAY_KFP_NAMESPACE": NAMESPACE,
        "SHIPWAY_HOME": str(tmp_path / "home"),
        "SHIPWAY_METADATA": metadata_url,
        "SHIPWAY_METADATA_TOKEN_FILE": str(token_file),
    }
    return Project(tmp_path, environment, token_file, metadata_url)


@pytest.fixture
def with_steps(cluster: Cluster, project: Project, images) -> Iterator[str]:
    """The project with the small steps beside its pipelines; the name of the ConfigMap that pods mount them from."""
    name = f"e2e-steps-{uuid.uuid4().hex[:6]}"
    steps = {STEPS.name: STEPS.read_text()}
    (project.folder / STEPS.name).write_text(steps[STEPS.name])
    mounted = {"environment": {"PYTHONPATH": "/mnt/steps"}, "config_maps": {name: {"mount": "/mnt/steps"}}}
    (project.folder / "cluster.yaml").write_text(yaml.safe_dump(placed_by(images, **mounted)))
    cluster.apply(config_map(name, steps), namespace=NAMESPACE)
    yield name
    cluster.kubectl("delete", "configmap", name, namespace=NAMESPACE, check=False)


@pytest.fixture
def store_for_steps(
    cluster: Cluster, project: Project, images, object_store, bucket: str, monkeypatch
) -> Iterator[str]:
    """The bucket of the test, which the steps' pods may read and write."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    secret = f"e2e-store-{uuid.uuid4().hex[:6]}"
    keys = {name: value for name, value in object_store.environment.items() if name.startswith("AWS_")}
    cluster.secret(secret, NAMESPACE, **keys)
    access = {
        "environment": {"SHIPWAY_OBJECT_STORE_ENDPOINT": object_store.environment["SHIPWAY_OBJECT_STORE_ENDPOINT"]},
        "secrets": {secret: {"environment": {name: name for name in keys}}},
    }
    (project.folder / "cluster.yaml").write_text(yaml.safe_dump(placed_by(images, **access)))
    yield bucket
    cluster.kubectl("delete", "secret", secret, namespace=NAMESPACE, check=False)


def placed_by(images: dict[str, str], **defaults: Any) -> dict[str, Any]:
    """A cluster.yaml; what steps ask for is little, so that they find room on one small node."""
    known = {name: images[name] for name in ("control", "data", "train", "serving") if name in images}
    little = {"image_pull_policy": "IfNotPresent", "cpu_request": "50m", "memory_request": "256Mi"}
    return {"images": known, "defaults": {**little, **defaults}}


def config_map(name: str, files: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": files}


def by_state(run: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["state"] for step in run["steps"]}


def results(executions: list[RecordedExecution]) -> Counter[str]:
    """What each step put out, as often as it did, by the bare name of its task: a pod knows no other."""
    ended = [one for one in executions if one.state == "COMPLETE"]
    return Counter(f"{bare(one.task)} {sorted(one.output_parameters.items())}" for one in ended)


def bare(task: str) -> str:
    """`halve` of `twice-halved.halve`, `write-square` of `write-square.0`."""
    return [part for part in task.split(".") if not part.isdigit()][-1]


def test_conditions_loops_and_exit_handlers_give_the_same_on_both_engines(project, with_steps):
    (project.folder / "pipeline.py").write_text(BOTH_ENGINES)
    words = ["pipeline.py:both_engines", "--param", f"number={8 * random.randint(1, 10**6)}"]
    here = json.loads(
        project.shipway("run", *words, "--no-cache", "--json", SHIPWAY_METADATA="", SHIPWAY_METADATA_TOKEN_FILE="")
        .splitlines()[-1]
    )  # fmt: skip
    there = project.submitted(*words, "--no-cache")
    assert there["state"] == here["state"] == "SUCCEEDED"
    assert by_state(there) == by_state(here)
    local = LineageQueries.open(project.folder / "home" / "metadata.db")
    assert results(project.recorded(there["run_id"])) == results(local.run(here["run_id"]))
    local.close()
    assert sum(results(project.recorded(there["run_id"])).values()) >= 8


def test_a_failing_steps_sentence_is_shown_and_a_retry_after_a_fix_runs_only_what_failed(cluster, project, with_steps):
    (project.folder / "pipeline.py").write_text(FAILS_FIRST)
    number = random.randint(1, 10**6)
    sentence = f"The number {3 * number + 1} is not to be had yet: put the file 'fixed' beside the steps."
    run = project.submitted("pipeline.py", "--param", f"number={number}", code=1)
    run_id = run["run_id"]
    assert by_state(run) == {"triple": "SUCCEEDED", "fail-unless-fixed": "FAILED"}
    shown = project.shipway("runs", "show", run_id, "--cluster")
    assert f"fail-unless-fixed failed: {sentence}" in shown
    assert f"Error: {sentence}" in project.shipway("logs", run_id, "fail-unless-fixed", "--cluster")
    without_lineage = project.shipway(
        "runs", "show", run_id, "--cluster", SHIPWAY_METADATA="", SHIPWAY_METADATA_TOKEN_FILE=""
    )
    assert f"fail-unless-fixed failed: {sentence}" in without_lineage

    cluster.apply(config_map(with_steps, {STEPS.name: STEPS.read_text(), "fixed": ""}), namespace=NAMESPACE)
    again = json.loads(project.shipway("retry", run_id, "--wait", "--json").splitlines()[-1])
    assert (again["run_id"], again["state"]) == (run_id, "SUCCEEDED")
    executions = project.recorded(run_id)
    assert [(one.task, one.state) for one in executions] == [
        ("triple", "COMPLETE"), ("fail-unless-fixed", "FAILED"), ("fail-unless-fixed", "COMPLETE"),
    ]  # fmt: skip


def test_a_second_run_comes_from_the_cache_unless_it_is_told_not_to(project, with_steps):
    (project.folder / "pipeline.py").write_text(HALVES)
    words = ["pipeline.py:halves", "--param", f"number={random.randint(1, 10**9)}"]
    first, second = (project.submitted(*words) for _ in range(2))
    assert [step["cached"] for step in first["steps"]] == [False, False]
    assert [step["cached"] for step in second["steps"]] == [True, True]
    assert by_state(second) == by_state(first)
    assert "came from the cache" in project.refused("logs", second["run_id"], "triple", "--cluster")
    fresh = project.submitted(*words, "--no-cache")
    assert [step["cached"] for step in fresh["steps"]] == [False, False]


def test_a_schedule_fires_until_it_is_paused_and_takes_its_workflows_with_it(project, with_steps):
    (project.folder / "pipeline.py").write_text(TICKS)
    name = f"e2e-{uuid.uuid4().hex[:6]}"
    words = ["schedule", "create", "pipeline.py", "--name", name, "--interval", "30s", "--param", "number=3"]
    project.shipway(*words)
    assert "There already is" in project.shipway(*words)
    try:

        def fired_twice() -> bool:
            listed = json.loads(project.shipway("runs", "--cluster", "--pipeline", "ticks", "--json"))
            return sum(one["state"] == "SUCCEEDED" and one["name"].startswith(name) for one in listed) >= 2

        until(fired_twice, FIRST_RUNS_SECONDS, "the schedule has fired twice", pause=5)
        project.shipway("schedule", "pause", name)
        (schedule,) = [one for one in json.loads(project.shipway("schedule", "list", "--json")) if one["name"] == name]
        assert schedule["state"] == "PAUSED"
    finally:
        project.shipway("schedule", "delete", name, "--yes")
    assert name not in project.shipway("schedule", "list")


def test_penguins_is_uploaded_once_and_runs(project, store_for_steps):
    from shipway_pipelines.penguins.pipeline import DATA

    stored.upload(local_path(DATA), f"minio://{store_for_steps}/raw/penguins")
    first, again = (json.loads(project.shipway("upload", "penguins", "--json")) for _ in range(2))
    assert (again["version_id"], again["is_new"]) == (first["version_id"], False)
    run = project.submitted(
        "penguins", "--param", f"data=minio://{store_for_steps}/raw/penguins",
        "--param", f"push_destination=minio://{store_for_steps}/models/penguins",
    )  # fmt: skip
    check_a_whole_run(project, run)
    assert stored.exists(f"{run['pushed']}/saved_model.pb")


def test_flights_runs(project, store_for_steps):
    from shipway_pipelines.flights.tables import tables_folder

    stored.upload(tables_folder(""), f"minio://{store_for_steps}/raw/flights")
    run = project.submitted(
        "flights", "--param", f"data=minio://{store_for_steps}/raw/flights", "--param", "spans=1-9",
        "--param", f"push_destination=minio://{store_for_steps}/models/flights",
    )  # fmt: skip
    check_a_whole_run(project, run)
    assert run["metrics"]["auc"] > 0.72


def check_a_whole_run(project: Project, run: dict[str, Any]) -> None:
    """Every step has ended well, and all of them are recorded with what they put out."""
    assert run["state"] == "SUCCEEDED", json.dumps(run, indent=2)
    executions = project.recorded(run["run_id"])
    assert {one.task: one.state for one in executions} == {step["name"]: "COMPLETE" for step in run["steps"]}
    made = {artifact.type_name for one in executions for listed in one.outputs.values() for artifact in listed}
    assert {
        "Examples",
        "ExampleStatistics",
        "Schema",
        "TransformGraph",
        "Model",
        "ModelBlessing",
        "PushedModel",
    } <= made
    assert (run["blessed"], bool(run["pushed"]), bool(run["metrics"])) == (True, True, True)


def test_what_is_wrong_is_one_sentence(project):
    for words, sentence in (
        (["submit", "penguins", "--param", "steps=3"], "has no parameter 'steps'"),
        (["submit", "--version", "penguins-0"], "Kubeflow Pipelines has no"),
        (["runs", "show", "nonsense", "--cluster"], "has no run 'nonsense'"),
        (["schedule", "delete", "nonsense", "--yes"], "has no schedule 'nonsense'"),
    ):
        said = project.refused(*words)
        assert said.startswith("Error: ")
        assert sentence in said
