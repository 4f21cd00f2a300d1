"""A run of a cluster as its objects tell it, and a watcher's clerk over a real metadata store."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shipway.kube.runs import read_pod, read_workflow
from shipway.lineage import Lineage, TaskIdentity
from shipway.lineage.live_runs import told_of_run
from shipway.settings import MetadataAddress
from shipway.watcher import WatchOptions
from shipway.watcher.book import Book
from shipway.watcher.clerk import Clerk
from shipway.watcher.figures import Figures
from shipway.watcher.inbox import PODS, WORKFLOWS, Inbox

TEAM, RUN = "team", "run-1"
BEGAN = int(time.time()) - 600
"""When the runs of these tests begin: ten minutes ago."""


def at(seconds: float) -> str:
    return datetime.fromtimestamp(BEGAN + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def step_command(task: str, run: str = RUN) -> list[str]:
    file = f"/minio/b/v2/artifacts/penguins/{run}/{task}/0000/output_metadata.json"
    given = json.dumps({"outputs": {"outputFile": file}})
    launcher = ["/kfp-launcher/launch", "--pipeline_name", "penguins", "--run_id", run, "--executor_input", given, "--"]
    return [*launcher, "python", "-m", "shipway.step", f"shipway_components.{task}", "--executor-input", given]


def pod(task: str, phase: str, run: str = RUN, uid: str = "", begun: float = 10, **status: Any) -> dict[str, Any]:
    """The pod of a step, `begun` seconds after its run."""
    return {
        "metadata": {
            "name": f"{run}-{task}",
            "namespace": TEAM,
            "uid": uid or f"uid-{task}",
            "creationTimestamp": at(begun),
            "labels": {"pipeline/runid": run},
            "annotations": {"workflows.argoproj.io/node-id": f"{run}-{task}-node"},
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [
                {
                    "name": "main",
                    "image": "registry.example/train:1",
                    "command": step_command(task, run),
                    "resources": {"limits": {"memory": "2Gi"}},
                }
            ],
        },
        "status": {"phase": phase, "startTime": at(begun), **status},
    }


def container(reason: str, code: int = 1, ended: float = 20) -> dict[str, Any]:
    state = {"terminated": {"reason": reason, "exitCode": code, "finishedAt": at(ended)}}
    return {"containerStatuses": [{"name": "main", "state": state}]}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": reason, "message": message}}}]}


def workflow(phase: str, run: str = RUN, ended: float = 0, nodes: Any = (), **spec: Any) -> dict[str, Any]:
    container = json.dumps({"command": ["python", "-m", "shipway.step"], "args": ["shipway_components.trainer"]})
    finished = {"finishedAt": at(ended)} if ended else {}
    return {
        "metadata": {"name": run, "namespace": TEAM, "uid": run, "labels": {"pipeline/runid": run}},
        "spec": {
            "arguments": {"parameters": [{"name": "implementations-1", "value": container}]},
            "templates": [{"name": "d", "container": {"args": ["--type", "DAG", "--pipeline_name", "penguins"]}}],
            **spec,
        },
        "status": {"phase": phase, "startedAt": at(0), "nodes": {one["id"]: one for one in nodes}, **finished},
    }


def node(task: str, phase: str, message: str, run: str = RUN, ended: float = 20) -> dict[str, Any]:
    words = step_command(task, run)
    patch = json.dumps({"containers": [{"name": "main", "command": words}]})
    return {
        "id": f"{run}-{task}-node",
        "name": f"{run}.root.{task}.executor",
        "type": "Pod",
        "phase": phase,
        "message": message,
        "templateName": "impl",
        "startedAt": at(10),
        "finishedAt": at(ended),
        "inputs": {"parameters": [{"name": "pod-spec-patch", "value": patch}]},
    }


class Scene:
    """A clerk that is told what the test wants, and the store that it writes."""

    def __init__(self, path: Path, lost_seconds: float = 0.0) -> None:
        self.path = path
        self.lineage = Lineage.open(path)
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.clerks: list[Clerk] = []
        self.new_watcher(lost_seconds)

    def new_watcher(self, lost_seconds: float = 0.0) -> None:
        """Another watcher, which knows nothing yet."""
        address = MetadataAddress.of(self.path)
        options = WatchOptions(address, namespaces=(TEAM,), lost_seconds=lost_seconds)
        self.inbox = Inbox()
        self.figures = Figures([TEAM])
        self.clerk = Clerk(options, self.inbox, Book(address), self.figures, self._events)
        self.clerks.append(self.clerk)

    def listed(self, pods: Any = (), workflows: Any = ()) -> None:
        self.inbox.slot(TEAM, PODS).listed([read_pod(one) for one in pods])
        self.inbox.slot(TEAM, WORKFLOWS).listed([read_workflow(one) for one in workflows])
        self.clerk.turn(0.01)

    def told(self, *objects: dict[str, Any], gone: bool = False) -> None:
        for one in objects:
            kind, read = (PODS, read_pod) if "containers" in one["spec"] else (WORKFLOWS, read_workflow)
            slot = self.inbox.slot(TEAM, kind)
            (slot.deleted if gone else slot.changed)(read(one))
        self.clerk.turn(0.01)

    def begin(self, task: str, began: float = 12, run: str = RUN) -> int:
        """The step's own record of its beginning."""
        from shipway.lineage.stamp import Stamp

        identity = TaskIdentity("penguins", run, task, f"shipway_components.{task}", f"{TEAM}/{run}-{task}")
        stamp = Stamp(f"{run}/{task}/{began}", int((BEGAN + began) * 1000), is_late=True)
        return self.lineage.begin(identity, {}, {}, "", stamp)

    def run(self, run: str = RUN) -> dict[str, tuple[str, str]]:
        """State and sentence of each task, by its last try."""
        return {one.task: (one.state, one.error) for one in self.lineage.queries().run(run)}

    def tries(self, run: str = RUN) -> list[tuple[str, str]]:
        return [(one.task, one.state) for one in self.lineage.queries().run(run)]

    def ends(self, run: str = RUN) -> list[str]:
        return [state for state, _ in told_of_run(self.lineage.queries().service, run).ends]

    def live(self, run: str = RUN) -> Any:
        return told_of_run(self.lineage.queries().service, run).live

    def _events(self, namespace: str, uid: str) -> list[dict[str, Any]]:
        self.asked.append(uid)
        return self.events.get(uid, [])


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path / "metadata.db")
    yield made
    made.lineage.close()


class Objects:
    """What tests make clusters of."""

    pod, container, waiting, workflow, node = (staticmethod(one) for one in (pod, container, waiting, workflow, node))
    BEGAN = BEGAN


@pytest.fixture(scope="session")
def of() -> type[Objects]:
    return Objects
