"""Recording while the service is there, away, and back again."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.lineage.lock import exclusive_file
from shipway.lineage.service_faults import ClosedService, FailingService, UnreachableService
from shipway.lineage.spool import Recording, SpoolFolder, deliver_waiting
from shipway.lineage.spool.operation import Operation
from shipway.settings import MetadataAddress

TRAINER = TaskIdentity("taxi", "run-1", "trainer", "shipway_components.trainer")
EXAMPLES = ArtifactRecord("Examples", "/e", {"span": 3}, "e1")
MODEL = ArtifactRecord("Model", "/m", {}, "m1")
ANOMALIES = ArtifactRecord("ExampleAnomalies", "/a", {"anomalies": 2}, "a1")


def task(name: str, run_id: str = "run-1") -> TaskIdentity:
    return TaskIdentity("taxi", run_id, name, f"shipway_components.{name}")


@pytest.fixture
def address(service: Any, tmp_path: Path) -> MetadataAddress:
    return service.address(spool=tmp_path / "spool", patience_seconds=0.2)


@pytest.fixture
def spool(address: MetadataAddress) -> SpoolFolder:
    return folder_of(address)


def folder_of(address: MetadataAddress) -> SpoolFolder:
    found = SpoolFolder.of(address)
    assert found is not None
    return found


@pytest.fixture
def recording(address: MetadataAddress) -> Iterator[Recording]:
    with closing(Recording.open(address)) as opened:
        yield opened


@pytest.fixture
def states(address: MetadataAddress) -> Callable[..., list[tuple[str, str]]]:
    """The tasks of a run with their states, as the service has them."""

    def asked(run_id: str = "run-1") -> list[tuple[str, str]]:
        with closing(LineageQueries.open(address)) as queries:
            return [(one.task, one.state) for one in queries.run(run_id)]

    return asked


def train(recording: Recording, name: str = "trainer", before_end: Callable[[], None] = lambda: None) -> None:
    begun = recording.begin(task(name), {"examples": [EXAMPLES]}, {"steps": 1}, "key")
    before_end()
    recording.complete(begun, {"model": [MODEL]}, {"loss": 0.5})


def wait_for(recording: Recording) -> None:
    """Until the recording's own connection to a service that came back is made again."""
    for _ in range(200):
        with suppress(UnreachableService):
            recording.queries().runs()
            return
        time.sleep(0.05)
    raise AssertionError("the service did not come back")


def test_nothing_waits_while_the_service_answers(recording: Recording, spool: SpoolFolder, states: Any) -> None:
    train(recording)
    assert spool.waiting() == []
    assert states() == [("trainer", "COMPLETE")]


def test_a_file_needs_no_spool(tmp_path: Path) -> None:
    with closing(Recording.open(MetadataAddress(tmp_path / "m.db", spool=tmp_path / "spool"))) as recording:
        train(recording)
        (execution,) = recording.queries().run("run-1")
    assert execution.state == "COMPLETE"
    assert not (tmp_path / "spool").exists()


def test_a_step_goes_on_while_the_service_is_away(
    service: Any, recording: Recording, spool: SpoolFolder, states: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        train(recording, before_end=service.stop)
        train(recording, "evaluator")
        assert len(spool.waiting()) == 3
        service.start()
        wait_for(recording)
        train(recording, "pusher")
    assert spool.waiting() == []
    assert states() == [("trainer", "COMPLETE"), ("evaluator", "COMPLETE"), ("pusher", "COMPLETE")]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert said[0].endswith(f"Until then records wait in {spool.path}.")
    assert said[1] == "3 records that waited were delivered to the metadata service."


def test_an_outage_is_waited_for_once(service: Any, recording: Recording, spool: SpoolFolder) -> None:
    service.fail("", times=1000)
    begun = recording.begin(TRAINER, {}, {}, "key")
    tries = len(service.called("GetExecutionsByExternalIds"))
    assert tries > 1
    recording.complete(begun, {}, {})
    for number in range(5):
        train(recording, f"task-{number}")
    assert len(service.called("GetExecutionsByExternalIds")) - tries == 11
    assert len(spool.waiting()) == 12


def test_every_kind_of_record_is_delivered(service: Any, address: MetadataAddress, tmp_path: Path) -> None:
    def everything(recording: Recording) -> None:
        train(recording)
        recording.cached(task("trainer", "run-2"), {"examples": [EXAMPLES]}, {"n": 1}, {"model": [MODEL]}, "key", {})
        recording.record_import(task("importer"), ArtifactRecord("Schema", "/s"))
        recording.fail(recording.begin(task("pusher"), {}, {}, ""), "The disk is full.")
        recording.fail(recording.begin(task("validator"), {}, {}, ""), "It is odd.", {"anomalies": [ANOMALIES]})
        recording.cancel(recording.begin(task("stopped"), {}, {}, ""))
        recording.begin(task("running"), {}, {}, "")
        recording.cancel_run("run-1")

    with closing(Recording.open(MetadataAddress(tmp_path / "file.db"))) as local:
        everything(local)
        wanted = [plain(one) for run in ("run-1", "run-2") for one in local.queries().run(run)]
    service.stop()
    with closing(Recording.open(address)) as recording:
        everything(recording)
    service.start()
    assert deliver_waiting(address).delivered == 12
    with closing(LineageQueries.open(address)) as queries:
        assert [plain(one) for run in ("run-1", "run-2") for one in queries.run(run)] == wanted
    assert deliver_waiting(address).delivered == 0


def plain(execution: Any) -> Any:
    """An execution without its times and ids."""
    slots = [
        {key: [(one.uri, one.digest, one.name, one.state) for one in listed] for key, listed in slots.items()}
        for slots in (execution.inputs, execution.outputs)
    ]
    facts = ("task", "run_id", "state", "error", "parameters", "output_parameters", "cache_key", "step")
    return [getattr(execution, name) for name in facts], slots


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "not stored"])
def test_what_got_no_answer_is_there_once(service: Any, address: MetadataAddress, stored: bool) -> None:
    """Whether a call was stored before the connection was lost or not, nobody can know; the service forgets it, too."""
    service.remembers = False

    def lose_the_answer() -> None:
        service.fail("PutExecution", stored=stored)
        service.fail("PutExecution", times=1000)

    with closing(Recording.open(address)) as recording:
        lose_the_answer()
        begun = recording.begin(TRAINER, {"examples": [EXAMPLES]}, {}, "key")
        assert isinstance(begun, str)
        service.faults.clear()
        assert recording.deliver().delivered == 1
        lose_the_answer()
        recording.complete(begun, {"model": [MODEL]}, {})
        service.faults.clear()
        assert recording.deliver().delivered == 1
        (execution,) = recording.queries().run("run-1")
        assert (execution.state, [one.uri for one in execution.outputs["model"]]) == ("COMPLETE", ["/m"])
        assert len(recording.queries().artifacts()) == 2


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "not stored"])
def test_evidence_that_got_no_answer_is_there_once(service: Any, address: MetadataAddress, stored: bool) -> None:
    service.remembers = False
    with closing(Recording.open(address)) as recording:
        begun = recording.begin(task("validator"), {}, {}, "key")
        service.fail("PutExecution", stored=stored)
        recording.fail(begun, "It is odd.", {"anomalies": [ANOMALIES]})
        recording.deliver()
        (execution,) = recording.queries().run("run-1")
        assert (execution.state, execution.error) == ("FAILED", "It is odd.")
        assert [(one.uri, one.state) for one in recording.queries().artifacts()] == [("/a", "ABANDONED")]


def test_what_is_delivered_late_keeps_its_times(service: Any, address: MetadataAddress) -> None:
    service.stop()
    began = time.time_ns() // 1_000_000
    with closing(Recording.open(address)) as recording:
        train(recording, before_end=lambda: time.sleep(0.05))
    ended = time.time_ns() // 1_000_000
    service.start()
    deliver_waiting(address)
    with closing(LineageQueries.open(address)) as queries:
        (execution,) = queries.run("run-1")
    assert began <= execution.started_ms < execution.updated_ms <= ended
    assert execution.updated_ms - execution.started_ms >= 50


def test_a_late_beginning_does_not_end_what_began_after_it(
    service: Any, address: MetadataAddress, tmp_path: Path, states: Any
) -> None:
    service.stop()
    with closing(Recording.open(address)) as away:
        away.begin(TRAINER, {}, {}, "key")
        away.cancel_run("run-1")
    service.start()
    time.sleep(0.002)
    with Lineage.open(address) as lineage:
        again = lineage.begin(TRAINER, {}, {}, "key")
        deliver_waiting(address)
        lineage.complete(again, {}, {})
    assert states() == [("trainer", "COMPLETE"), ("trainer", "CANCELED")]


def test_a_record_without_a_spool_is_in_the_log(service: Any, caplog: pytest.LogCaptureFixture) -> None:
    service.stop()
    with closing(Recording.open(service.address(patience_seconds=0.1))) as recording:
        train(recording)
    begun, ended = [record.getMessage() for record in caplog.records]
    assert "Set SHIPWAY_SPOOL to a folder that outlives this process" in begun
    record = Operation.from_json(begun.partition("nowhere but here: ")[2])
    assert (record.kind, record.task, record.inputs) == ("begin", TRAINER, {"examples": [EXAMPLES]})
    assert Operation.from_json(ended.partition("nowhere but here: ")[2]).outputs == {"model": [MODEL]}


def test_a_spool_that_cannot_be_written_leaves_the_record_in_the_log(
    service: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    service.stop()
    address = service.address(patience_seconds=0.1, spool=tmp_path / "file")
    with closing(Recording.open(address)) as recording, caplog.at_level(logging.WARNING):
        recording.cancel_run("run-1")
    assert "Cannot write to" in caplog.text
    assert '"kind": "cancel_run"' in caplog.text


def test_a_refused_record_is_set_aside_and_the_others_go_on(
    service: Any, address: MetadataAddress, spool: SpoolFolder, states: Any, caplog: pytest.LogCaptureFixture
) -> None:
    service.stop()
    with closing(Recording.open(address)) as recording:
        train(recording, "first")
        train(recording, "second")
    (spool.path / "00000000000000000001-odd.json").write_text("no record")
    first = spool.waiting()[1]
    service.start()
    service.fail("PutExecution", "INVALID_ARGUMENT", "no such type")
    delivery = deliver_waiting(address)
    assert delivery.delivered == 2
    assert len(delivery.refused) == 3  # the text, the first task's beginning, and its end, which has none
    assert states() == [("second", "COMPLETE")]
    assert json.loads((spool.refused / first.name).read_text())["reason"].endswith("no such type")
    for file in delivery.refused:
        assert str(file) in caplog.text
    spool.take_back()
    again = deliver_waiting(address)
    assert (again.delivered, len(again.refused)) == (2, 1)
    assert sorted(states()) == [("first", "COMPLETE"), ("second", "COMPLETE")]


def test_a_record_that_breaks_the_service_is_set_aside_and_a_broken_service_is_waited_for(
    service: Any, address: MetadataAddress, spool: SpoolFolder
) -> None:
    service.stop()
    with closing(Recording.open(address)) as recording:
        recording.begin(TRAINER, {}, {}, "")
    service.start()
    service.fail("", "INTERNAL", "the disk is gone", times=100)
    with pytest.raises(FailingService, match="the disk is gone"):
        deliver_waiting(address)
    assert len(spool.waiting()) == 1
    service.faults.clear()
    service.fail("PutExecution", "INTERNAL", "a defect")
    assert len(deliver_waiting(address).refused) == 1


def test_the_store_refuses_a_record_as_it_is_made(
    service: Any, recording: Recording, spool: SpoolFolder, caplog: pytest.LogCaptureFixture
) -> None:
    service.fail("PutExecution", "INVALID_ARGUMENT", "no such type")
    train(recording)
    assert len(list(spool.refused.iterdir())) == 2
    assert spool.waiting() == []
    train(recording, "evaluator")
    assert [one.state for one in recording.queries().run("run-1")] == ["COMPLETE"]


def test_who_is_not_let_in_loses_no_record(serve_metadata: Any, tmp_path: Path) -> None:
    service = serve_metadata(token="right")
    (tmp_path / "token").write_text("wrong")
    address = service.address(token_file=tmp_path / "token", spool=tmp_path / "spool")
    with closing(Recording.open(address)) as recording:
        train(recording)
    with pytest.raises(ClosedService):
        deliver_waiting(address)
    (tmp_path / "token").write_text("right")
    assert deliver_waiting(address).delivered == 2


def test_the_end_of_a_recording_delivers_what_can_be(
    service: Any, address: MetadataAddress, spool: SpoolFolder, states: Any
) -> None:
    recording = Recording.open(address)
    service.fail("", times=100)
    train(recording)
    service.faults.clear()
    recording.close()
    assert spool.waiting() == []
    assert states() == [("trainer", "COMPLETE")]


def test_two_may_deliver_at_once(service: Any, address: MetadataAddress, states: Any) -> None:
    service.stop()
    with closing(Recording.open(address)) as recording:
        for number in range(10):
            train(recording, f"task-{number}")
    service.start()
    delivered: list[int] = []
    threads = [threading.Thread(target=lambda: delivered.append(deliver_waiting(address).delivered)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(delivered) == 20
    assert states() == [(f"task-{number}", "COMPLETE") for number in range(10)]


def test_nothing_is_recorded_out_of_order_while_another_process_delivers(
    service: Any, address: MetadataAddress, spool: SpoolFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shipway.lineage.spool.folder.LOCK_SECONDS", 0.05)
    service.fail("", times=100)
    with closing(Recording.open(address)) as recording:
        train(recording)
        service.faults.clear()
        with exclusive_file(spool.path / ".delivery.lock"):
            train(recording, "evaluator")
            assert len(spool.waiting()) == 4


def test_an_address_that_nobody_ever_answers(tmp_path: Path) -> None:
    address = MetadataAddress(None, "grpc://127.0.0.1:1", spool=tmp_path, patience_seconds=0.1)
    with closing(Recording.open(address)) as recording:
        train(recording)
        with pytest.raises(UnreachableService):
            recording.queries().runs()
    assert folder_of(address).path == tmp_path / "127.0.0.1_1"
    assert len(folder_of(address).waiting()) == 2


def test_what_waits_for_one_service_is_not_given_to_another(
    service: Any, serve_metadata: Any, address: MetadataAddress, tmp_path: Path
) -> None:
    service.stop()
    with closing(Recording.open(address)) as recording:
        train(recording)
    other = serve_metadata(store=tmp_path / "other.db").address(spool=address.spool)
    assert deliver_waiting(other).delivered == 0
    service.start()
    assert deliver_waiting(address).delivered == 2
