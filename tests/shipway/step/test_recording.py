"""A step in a pod and its metadata service: recorded, away, and away without a folder to wait in."""

import logging
from pathlib import Path
from typing import Any

import pytest

from shipway.artifacts import ExampleAnomalies, Files
from shipway.errors import StepError
from shipway.lineage.spool import SpoolFolder, deliver_waiting
from shipway.lineage.spool.operation import Operation
from shipway.settings import MetadataAddress
from shipway.step import Input, Output, StepContext, StepVerdict, executor_input, step
from shipway.step.recording import execute_recorded


@step(image="control")
def write(files: Output[Files], text: str = "a", fail: bool = False) -> str:
    """Write a text."""
    if fail:
        raise StepError("The text is no good: write another one.")
    (files.path / "text.txt").write_text(text)
    return text


@step(image="control")
def refuse(anomalies: Output[ExampleAnomalies], files: Output[Files]) -> None:
    """Refuse the data."""
    (anomalies.path / "found").write_text("odd")
    anomalies.metadata["anomalies"] = 1
    raise StepVerdict("The data is odd: mend it.", evidence=[anomalies])


@step(image="control")
def ask(context: StepContext, files: Input[Files] | None = None) -> str:
    """Ask lineage."""
    return str(len(context.lineage.artifacts()))


@pytest.fixture
def call(tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "taxi" / "run-1" / "write" / "attempt"
    artifacts = {"files": {"artifacts": [{"name": "files", "uri": str(folder / "files")}]}}
    return {
        "inputs": {"parameterValues": {"text": "hello"}},
        "outputs": {"artifacts": artifacts, "outputFile": str(folder / "output_metadata.json")},
    }


def recorded(address: MetadataAddress) -> list[Any]:
    from shipway.lineage import LineageQueries

    queries = LineageQueries.open(address)
    try:
        return queries.run("run-1")
    finally:
        queries.close()


def test_a_step_is_recorded_by_a_service(call: dict[str, Any], service: Any) -> None:
    execute_recorded(write, call, service.address())
    (execution,) = recorded(service.address())
    assert (execution.task, execution.state, execution.parameters["text"]) == ("write", "COMPLETE", "hello")
    assert [one.type_name for one in execution.outputs["files"]] == ["Files"]


def test_the_executor_input_is_read_once(call: dict[str, Any], service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []

    def counted(*arguments: Any, **more: Any) -> Any:
        read.append(arguments)
        return executor_input.read_call(*arguments, **more)

    for module in ("execution", "recording"):
        monkeypatch.setattr(f"shipway.step.{module}.read_call", counted)
    execute_recorded(write, call, service.address())
    assert len(read) == 1


def test_a_step_finishes_while_the_service_is_away(call: dict[str, Any], service: Any, tmp_path: Path) -> None:
    service.stop()
    address = service.address(patience_seconds=0.1, spool=tmp_path / "volume")
    execute_recorded(write, call, address)
    assert (tmp_path / "taxi" / "run-1" / "write" / "attempt" / "files" / "text.txt").read_text() == "hello"
    call["inputs"]["parameterValues"]["fail"] = True
    with pytest.raises(StepError):
        execute_recorded(write, call, address)
    spool = SpoolFolder.of(address)
    assert spool is not None
    assert len(spool.waiting()) == 4
    service.start()
    deliver_waiting(address)
    assert [(one.state, one.error) for one in recorded(address)] == [
        ("COMPLETE", ""), ("FAILED", "The text is no good: write another one."),
    ]  # fmt: skip


@pytest.mark.parametrize("away", [False, True], ids=["service there", "service away"])
def test_a_verdict_is_recorded_with_its_evidence(
    call: dict[str, Any], service: Any, tmp_path: Path, away: bool
) -> None:
    attempt = Path(call["outputs"]["outputFile"]).parent
    uri = str(attempt / "anomalies")
    call["outputs"]["artifacts"]["anomalies"] = {"artifacts": [{"name": "anomalies", "uri": uri}]}
    address = service.address(patience_seconds=0.1, spool=tmp_path / "volume")
    if away:
        service.stop()
    with pytest.raises(StepVerdict, match="The data is odd: mend it"):
        execute_recorded(refuse, call, address)
    assert [path.name for path in attempt.iterdir()] == ["anomalies"]
    if away:
        service.start()
        assert deliver_waiting(address).delivered == 2
    (execution,) = recorded(address)
    assert (execution.state, execution.error) == ("FAILED", "The data is odd: mend it.")
    ((evidence,),) = execution.outputs.values()
    assert (evidence.type_name, evidence.uri, evidence.state) == ("ExampleAnomalies", uri, "ABANDONED")
    assert (evidence.metadata["anomalies"], len(evidence.digest)) == (1, 64)


def test_a_record_that_can_wait_nowhere_is_in_the_pods_log(
    call: dict[str, Any], service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    service.stop()
    with caplog.at_level(logging.WARNING):
        execute_recorded(write, call, service.address(patience_seconds=0.1))
    kept = [one.getMessage().partition("nowhere but here: ")[2] for one in caplog.records]
    assert [Operation.from_json(text).kind for text in kept] == ["begin", "complete"]


def test_a_step_that_asks_lineage_fails_with_a_sentence(call: dict[str, Any], service: Any, tmp_path: Path) -> None:
    service.stop()
    call["outputs"]["artifacts"] = {}
    with pytest.raises(Exception, match=f"The metadata service at {service.url} could not be reached"):
        execute_recorded(ask, call, service.address(patience_seconds=0.1, spool=tmp_path / "volume"))
