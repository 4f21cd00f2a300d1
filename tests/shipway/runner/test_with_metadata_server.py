"""Runs against `shipway metadata serve` itself: the lineage of a file, and a server that is killed meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import LineageQueries
from shipway.lineage.spool import SpoolFolder
from shipway.runner import Home, RunObserver, RunResult
from shipway.runner.results import TaskResult
from shipway.settings import MetadataAddress

Run = Callable[..., RunResult]
LISTENING = re.compile(r"listening on grpc://\S+:(\d+)")


class Server:
    """The command as a process, over a store of its own and on a port that it keeps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = "-1"
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def address(self) -> MetadataAddress:
        return MetadataAddress(None, f"grpc://127.0.0.1:{self._port}", patience_seconds=20.0)

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "shipway.cli",
            "metadata",
            "serve",
            "--port",
            self._port,
            "--metrics_port",
            "0",
        ]
        environment = {**os.environ, "SHIPWAY_HOME": str(self._folder)}
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if found := LISTENING.search(line):
                self._port = found[1]
                return
        raise AssertionError("".join(said))

    def kill(self) -> None:
        if self._process is not None and self._process.stderr is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process.stderr.close()
        self._process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path / "server")
    yield started
    started.kill()


class After(RunObserver):
    """Does something when a task has ended."""

    def __init__(self, task: str, action: Callable[[], None]) -> None:
        self._task, self._action = task, action

    def task_finished(self, result: TaskResult) -> None:
        if result.name == self._task:
            self._action()


def states(address: MetadataAddress, run_id: str) -> list[tuple[str, str]]:
    with closing(LineageQueries.open(address)) as queries:
        return [(one.task, one.state) for one in queries.run(run_id)]


def shape(address: MetadataAddress, run_id: str) -> list[Any]:
    with closing(LineageQueries.open(address)) as queries:
        return [
            (one.task, one.step, one.state, one.parameters, one.output_parameters, one.cache_key, sizes(one.inputs),
             sizes(one.outputs))
            for one in queries.run(run_id)
        ]  # fmt: skip


def sizes(slots: Any) -> Any:
    return {key: [(one.type_name, one.digest, one.metadata) for one in listed] for key, listed in slots.items()}


def test_the_server_has_the_lineage_that_a_file_has(run: Run, server: Server, tmp_path: Path) -> None:
    other = Home(tmp_path / "home-with-a-file")
    for options in ({}, {}, {"use_cache": False}):
        far, near = run("chain", metadata=server.address, **options), run("chain", home=other, **options)
        assert (far.state, [task.cached for task in far.tasks]) == (near.state, [task.cached for task in near.tasks])
        wanted = shape(MetadataAddress.of(other.metadata_db), near.run_id)
        assert shape(server.address, far.run_id) == wanted


def test_a_server_that_is_killed_and_started_again_in_the_middle_of_a_run(run: Run, home: Home, server: Server) -> None:
    def restart() -> None:
        server.kill()
        server.start()

    result = run("chain", metadata=server.address, observer=After("write", restart))
    assert states(server.address, result.run_id) == [("write", "COMPLETE"), ("read", "COMPLETE")]
    assert not home.spool.exists()


def test_a_server_that_is_killed_and_away_until_the_next_run(run: Run, home: Home, server: Server) -> None:
    hasty = replace(server.address, patience_seconds=0.2)
    result = run("chain", metadata=hasty, observer=After("write", server.kill))
    assert result.state == "SUCCEEDED"
    server.start()
    again = run("chain", metadata=server.address, use_cache=False)
    for run_id in (result.run_id, again.run_id):
        assert states(server.address, run_id) == [("write", "COMPLETE"), ("read", "COMPLETE")]
    spool = SpoolFolder.of(server.address.spooling_to(home.spool))
    assert spool is not None
    assert spool.waiting() == []
