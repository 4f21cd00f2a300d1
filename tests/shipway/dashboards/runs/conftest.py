"""Homes whose runs are written by hand: journals, specifications and logs of any shape, and lineage beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.runner.home import Home

BEGAN = 1_790_000_000.0


def task(
    component: str, after: Sequence[str] = (), takes: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A task of a compiled DAG: `takes` maps an input to (producer, key), or to the name of the group's input."""
    artifacts = {}
    for name, source in (takes or {}).items():
        if isinstance(source, str):
            artifacts[name] = {"componentInputArtifact": source}
        else:
            artifacts[name] = {"taskOutputArtifact": {"producerTask": source[0], "outputArtifactKey": source[1]}}
    made: dict[str, Any] = {"componentRef": {"name": component}, "taskInfo": {"name": component}}
    if not component.startswith(("for-loop", "condition", "exit-handler")):
        made["cachingOptions"] = {"enableCache": True}
    if after:
        made["dependentTasks"] = list(after)
    if artifacts:
        made["inputs"] = {"artifacts": artifacts}
    return {**made, **more}


def pipeline(tasks: Mapping[str, Any], groups: Mapping[str, Any] | None = None, name: str = "taxi") -> dict[str, Any]:
    """A compiled pipeline: every component that is no group is a container; `groups` maps names to DAGs."""
    dags = {"root": {"tasks": tasks}, **(groups or {})}
    named = {one["componentRef"]["name"] for dag in dags.values() for one in dag["tasks"].values()}
    leaves = sorted(named - set(dags))
    components: dict[str, Any] = {one: {"executorLabel": f"exec-{one}"} for one in leaves}
    components.update({key: {"dag": dag} for key, dag in (groups or {}).items()})
    executors = {f"exec-{one}": {"container": {"image": "x", "command": ["true"]}} for one in leaves}
    return {
        "schemaVersion": "2.1.0",
        "pipelineInfo": {"name": name},
        "root": {"dag": {"tasks": tasks}},
        "components": components,
        "deploymentSpec": {"executors": executors},
    }


@dataclass
class Workshop:
    """A home, its metadata store, and a clock for journals: each event is a second after the one before."""

    home: Home
    lineage: Lineage
    at: float = BEGAN
    runs: dict[str, Path] = field(default_factory=dict)

    def queries(self) -> LineageQueries:
        return self.lineage.queries()

    def run(self, run_id: str, events: Sequence[Mapping[str, Any]] = (), **request: Any) -> Path:
        """The folder of a run with this journal."""
        folder = self.home.runs / run_id
        folder.mkdir(parents=True)
        asked = {
            "pipeline": "taxi", "target": "taxi", "parameters": {}, "started": self.at, "folder": str(self.home.path),
        }  # fmt: skip
        (folder / "request.json").write_text(json.dumps({**asked, **request}))
        (folder / "lock").touch()
        self.write(run_id, events)
        return folder

    def write(self, run_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Add to a run's journal."""
        with (self.home.runs / run_id / "journal.jsonl").open("a") as journal:
            for event in events:
                journal.write(json.dumps({"at": self.at, **event}) + "\n")
                self.at += 1

    def spec(self, run_id: str, spec: Mapping[str, Any], **record: Any) -> None:
        record = {"target": "taxi", "spec": spec, "platform": {}, "sources": {"taxi.py": "digest-1"}, **record}
        (self.home.runs / run_id / "spec.json").write_text(json.dumps(record))

    def log(self, run_id: str, name: str, content: bytes) -> Path:
        path = self.home.log_file(run_id, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def record(
        self, run_id: str, name: str, inputs: Any = None, outputs: Any = None, pipeline: str = "taxi", **given: Any
    ) -> int:
        """Record a task that ended well; inputs and outputs map keys to ArtifactRecords."""
        identity = TaskIdentity(pipeline, run_id, name, f"steps.{name}")
        lists = [{key: [one] for key, one in (records or {}).items()} for records in (inputs, outputs)]
        execution = self.lineage.begin(identity, lists[0], given, f"key-of-{name}")
        self.lineage.complete(execution, lists[1], {})
        return execution


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    home = Home(tmp_path / "home").create()
    with Lineage.open(home.metadata_db) as lineage:
        yield Workshop(home, lineage)


@pytest.fixture(scope="session")
def event() -> Any:
    """Events of a journal: `event.started("trainer")`."""

    class Events:
        run_started = {"event": "run_started"}

        @staticmethod
        def run_finished(state: str) -> dict[str, Any]:
            return {"event": "run_finished", "state": state, "seconds": 1.0}

        @staticmethod
        def started(name: str, attempt: int = 1, execution_id: int = 1) -> dict[str, Any]:
            folders = {"folder": "/nowhere", "final_folder": "/nowhere"}
            return {
                "event": "task_started", "task": name, "attempt": attempt, "execution_id": execution_id, **folders,
            }  # fmt: skip

        @staticmethod
        def ended(name: str, state: str = "SUCCEEDED", kind: str = "task_finished", **facts: Any) -> dict[str, Any]:
            known = {
                "name": name, "state": state, "cached": False, "seconds": 1.0, "sentence": "", "step": f"steps.{name}",
                "attempts": 1, "restored": False, "outputs": {"parameters": {}, "artifacts": {}},
            }  # fmt: skip
            return {"event": kind, "task": name, **known, **facts}

        @staticmethod
        def artifact(type_name: str, uri: str, **metadata: Any) -> dict[str, Any]:
            return {
                "type_name": type_name, "schema_title": "system.Artifact", "uri": uri, "metadata": metadata,
                "digest": "", "name": "", "producer": "",
            }  # fmt: skip

    return Events


@pytest.fixture(scope="session", name="task")
def task_fixture() -> Any:
    return task


@pytest.fixture(scope="session", name="pipeline")
def pipeline_fixture() -> Any:
    return pipeline


@pytest.fixture(scope="session")
def record() -> Any:
    def make(type_name: str, uri: str, **metadata: Any) -> ArtifactRecord:
        return ArtifactRecord(type_name, uri, metadata, f"digest of {uri}")

    return make
