"""Runs that record to a metadata service: the lineage of a file, and what an outage means."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import LineageQueries
from shipway.lineage.service_faults import UnreachableService
from shipway.lineage.spool import SpoolFolder, deliver_waiting
from shipway.lineage.spool.operation import Operation
from shipway.runner import (
    CompiledPipeline,
    Home,
    RunObserver,
    RunResult,
    prepare_pipeline,
    read_run,
    resume_run,
    run_pipeline,
)
from shipway.runner.results import TaskResult
from shipway.settings import MetadataAddress

Run = Callable[..., RunResult]


@pytest.fixture
def address(service: Any, home: Home) -> MetadataAddress:
    return service.address(spool=home.spool, patience_seconds=0.2)


def lineage_of(address: MetadataAddress, run_id: str) -> list[Any]:
    """What a store has of a run, without ids, times and folders of attempts."""

    def plain(text: str) -> str:
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|/.*/home[^/]*/|chain-[\w-]+", "*", text)

    def artifacts(slots: Any) -> Any:
        return {
            key: [(one.type_name, plain(one.uri), plain(one.name), one.digest, one.metadata) for one in listed]
            for key, listed in slots.items()
        }

    with closing(LineageQueries.open(address)) as queries:
        return [
            (one.task, one.step, one.state, one.error, one.parameters, one.output_parameters, one.cache_key,
             artifacts(one.inputs), artifacts(one.outputs))
            for one in queries.run(run_id)
        ]  # fmt: skip


def waiting(address: MetadataAddress) -> list[Path]:
    """The records of tasks that wait."""
    spool = SpoolFolder.of(address)
    assert spool is not None
    return [file for file in spool.waiting() if Operation.from_json(file.read_text()).kind in ("begin", "complete")]


class After(RunObserver):
    """Does something when a task has ended."""

    def __init__(self, task: str, action: Callable[[], None]) -> None:
        self._task, self._action = task, action

    def task_finished(self, result: TaskResult) -> None:
        if result.name == self._task:
            self._action()


def test_a_service_has_the_lineage_that_a_file_has(
    run: Run, home: Home, tmp_path: Path, address: MetadataAddress
) -> None:
    other = Home(tmp_path / "home-with-a-file")
    for kwargs in ({}, {}, {"use_cache": False}):
        far = run("chain", metadata=address, **kwargs)
        near = run("chain", home=other, **kwargs)
        assert far.state == near.state == "SUCCEEDED"
        assert [task.cached for task in far.tasks] == [task.cached for task in near.tasks]
        wanted = lineage_of(MetadataAddress.of(other.metadata_db), near.run_id)
        assert lineage_of(address, far.run_id) == wanted
    assert not home.metadata_db.exists()
    assert not home.spool.exists()


def test_a_run_that_only_records_goes_on_without_the_service(
    run: Run, home: Home, service: Any, address: MetadataAddress, caplog: pytest.LogCaptureFixture
) -> None:
    service.stop()
    result = run("chain", metadata=address)
    assert result.state == "SUCCEEDED"
    kinds = [Operation.from_json(file.read_text()).kind for file in waiting(address)]
    assert kinds == ["begin", "complete", "begin", "complete"]
    assert f"records wait in {home.spool}" in caplog.text
    service.start()
    assert deliver_waiting(address).delivered >= 4
    assert waiting(address) == []
    assert [one[2] for one in lineage_of(address, result.run_id)] == ["COMPLETE", "COMPLETE"]


def test_a_service_that_goes_and_comes_back_in_the_middle_of_a_run(
    run: Run, home: Home, service: Any, address: MetadataAddress, tmp_path: Path
) -> None:
    result = run("chain", metadata=address, observer=After("write", service.stop))
    assert result.state == "SUCCEEDED"
    assert len(waiting(address)) == 2
    service.start()
    again = run("chain", metadata=replace(address, patience_seconds=10.0), use_cache=False)
    assert waiting(address) == []
    for run_id in (result.run_id, again.run_id):
        found = lineage_of(address, run_id)
        assert [(one[0], one[2]) for one in found] == [("write", "COMPLETE"), ("read", "COMPLETE")]
        assert found[1][7] == {"files": found[0][8]["files"]}


def test_a_restart_of_the_service_is_waited_for(run: Run, home: Home, service: Any, address: MetadataAddress) -> None:
    comes_back = threading.Timer(0.3, service.start)

    def go() -> None:
        service.stop()
        comes_back.start()

    result = run("chain", metadata=replace(address, patience_seconds=20.0), observer=After("write", go))
    comes_back.join()
    assert result.state == "SUCCEEDED"
    assert not home.spool.exists()
    assert [one[2] for one in lineage_of(address, result.run_id)] == ["COMPLETE", "COMPLETE"]


def test_a_run_that_must_ask_the_service_says_so(run: Run, home: Home, service: Any, address: MetadataAddress) -> None:
    run("chain", metadata=address)
    service.stop()
    with pytest.raises(UnreachableService, match=f"The metadata service at {service.url} could not be reached"):
        run("chain", metadata=address, run_id="asking")
    assert read_run(home, "asking").state == "FAILED"
    service.start()
    assert resume_run("asking", home=home, metadata=replace(address, patience_seconds=10.0)).state == "SUCCEEDED"


def test_what_waited_is_known_to_the_cache_of_the_next_run(run: Run, service: Any, address: MetadataAddress) -> None:
    service.stop()
    run("chain", metadata=address)
    service.start()
    assert [task.cached for task in run("chain", metadata=address).tasks] == [True, True]
    assert waiting(address) == []


def test_a_failed_task_is_recorded_as_failed_later(
    run: Run, service: Any, address: MetadataAddress, tmp_path: Path
) -> None:
    service.stop()
    result = run("exits", {"path": str(tmp_path / "told")}, metadata=address)
    assert result.state == "FAILED"
    service.start()
    deliver_waiting(address)
    failed = {one[0]: one[3] for one in lineage_of(address, result.run_id) if one[2] == "FAILED"}
    assert "The data is no good: fix it." in failed.values()


def test_an_attempt_whose_beginning_waits_is_completed_by_a_later_life(
    run: Run, home: Home, service: Any, address: MetadataAddress
) -> None:
    """The run was killed after its task had written everything; its journal has a ticket in the place of an id."""
    service.stop()
    done = run("chain", metadata=address)
    journal = home.runs / done.run_id / "journal.jsonl"
    lines = [line for line in journal.read_text().splitlines() if '"task_finished"' not in line]
    journal.write_text("\n".join(lines) + "\n")
    for file in waiting(address)[1:]:
        file.unlink()
    service.start()
    patient = replace(address, patience_seconds=10.0)
    resumed = resume_run(done.run_id, home=home, metadata=patient, use_cache=False)
    assert resumed.task("write").restored
    assert lineage_of(address, done.run_id)[0][2] == "COMPLETE"


def test_a_run_that_is_resumed_with_another_store_leaves_its_executions_alone(
    run: Run, home: Home, service: Any, address: MetadataAddress
) -> None:
    done = run("chain", metadata=address)
    journal = home.runs / done.run_id / "journal.jsonl"
    lines = [line for line in journal.read_text().splitlines() if '"task_finished"' not in line]
    journal.write_text("\n".join(lines) + "\n")
    resume_run(done.run_id, home=home, use_cache=False)
    recorded = lineage_of(MetadataAddress.of(home.metadata_db), done.run_id)
    assert [(one[0], one[2]) for one in recorded] == [("write", "COMPLETE"), ("read", "COMPLETE")]


ASKING = '''
from kfp import dsl
from shipway.artifacts import Files
from shipway.step import Output, StepContext, step


@step(image="control")
def write(files: Output[Files]) -> None:
    """Write."""


@step(image="control", cacheable=False)
def count(context: StepContext, after: str = "") -> str:
    """Count."""
    return str(len(context.lineage.artifacts("Files")))


@dsl.pipeline(name="asking")
def asking():
    count().after(write())
'''


def test_a_step_asks_the_service_from_its_own_process(
    home: Home, service: Any, address: MetadataAddress, tmp_path: Path
) -> None:
    (tmp_path / "asking.py").write_text(ASKING)
    pipeline = prepare_pipeline(str(tmp_path / "asking.py"), home)
    for number in (1, 2):
        result = run_pipeline(pipeline, {}, home=home, metadata=address, use_cache=False)
        assert result.task("count").outputs.parameters == {"output": str(number)}

    def close_to_steps(method: str) -> None:
        if method == "GetArtifactType":
            raise AssertionError("the service has a defect")

    service.before = close_to_steps
    result = run_pipeline(pipeline, {}, home=home, metadata=address, use_cache=False)
    assert result.task("count").state == "FAILED"
    assert result.task("count").sentence.startswith(f"The metadata service at {service.url} failed at GetArtifactType")


WAITING = """
import json, sys
from pathlib import Path
from shipway.runner import CompiledPipeline, Home, run_pipeline
from shipway.settings import MetadataAddress
record, home, url = sys.argv[1:]
compiled = CompiledPipeline.from_record(json.loads(Path(record).read_text()))
address = MetadataAddress(None, url, patience_seconds=1000.0)
print(run_pipeline(compiled, {}, home=Home(Path(home)), metadata=address, run_id="the-run").state)
"""


def test_ctrl_c_ends_the_waiting_for_a_service(
    compiled: Callable[[str], CompiledPipeline], home: Home, service: Any, tmp_path: Path
) -> None:
    (tmp_path / "record.json").write_text(json.dumps(compiled("chain").record))
    refused = threading.Event()

    def refuse(method: str) -> None:
        if len(service.called("GetExecutionsByExternalIds")) > 2:
            refused.set()

    service.before = refuse
    service.fail("", times=10_000)
    command = [sys.executable, "-c", WAITING, str(tmp_path / "record.json"), str(home.path), service.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert refused.wait(30)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert said == "CANCELLED\n"
    assert [Operation.from_json(file.read_text()).kind for file in waiting(service.address(spool=home.spool))] == [
        "begin"
    ]
