"""Lineage over a metadata service: the same records, and calls that outlive what passes."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.lineage.calls import call
from shipway.lineage.opening import open_service
from shipway.lineage.remote import RemoteService
from shipway.lineage.service import MetadataStatus
from shipway.lineage.service_faults import (
    ClosedService,
    FailingService,
    NoGrpc,
    OversizedMessage,
    UnreachableService,
    UnreadableCredentials,
)
from shipway.lineage.stamp import Stamp
from shipway.settings import MetadataAddress

TRAINER = TaskIdentity("taxi", "run-1", "trainer", "shipway_components.trainer")
EXAMPLES = ArtifactRecord("Examples", "/e", {"span": 3, "rows": 15002}, "e1", "examples")
MODEL = ArtifactRecord("Model", "/m", {}, "m1")


@pytest.fixture
def remote(service: Any) -> Iterator[RemoteService]:
    opened = RemoteService(service.address())
    yield opened
    opened.close()


def opened(address: MetadataAddress) -> RemoteService:
    found = open_service(address)
    assert isinstance(found, RemoteService)
    return found


def types_of(remote: RemoteService) -> list[str]:
    return [one.name for one in call(remote, "GetContextTypes").context_types]


def put_type(remote: RemoteService, name: str = "pipeline") -> int:
    return call(remote, "PutContextType", context_type={"name": name}).type_id


def a_run(lineage: Lineage) -> list[Any]:
    """Every kind of record, and what is asked of them."""
    first = lineage.begin(TRAINER, {"examples": [EXAMPLES]}, {"steps": 10, "config": {"a": [1]}}, "key")
    lineage.complete(first, {"model": [MODEL]}, {"loss": 0.5})
    again = replace(TRAINER, run_id="run-2")
    lineage.cached(again, {"examples": [EXAMPLES]}, {"steps": 10}, {"model": [MODEL]}, "key", {"loss": 0.5})
    lineage.record_import(replace(TRAINER, task="importer", step="system.importer"), ArtifactRecord("Schema", "/s"))
    lineage.fail(lineage.begin(replace(TRAINER, task="pusher"), {}, {}, ""), "The disk is full.")
    lineage.begin(replace(TRAINER, task="stopped"), {}, {}, "")
    lineage.cancel_run("run-1")
    (model,) = lineage.queries().artifacts("Model")
    lineage.mark_deleted([model.id])
    found: list[Any] = [timeless(one) for run in ("run-1", "run-2") for one in lineage.queries().run(run)]
    graph = lineage.queries().upstream(model.id)
    return [*found, [one.run_id for one in lineage.queries().runs()], sorted(graph.executions), graph.edges]


def timeless(execution: Any) -> Any:
    lists = {
        name: {key: [replace(one, created_ms=0) for one in listed] for key, listed in getattr(execution, name).items()}
        for name in ("inputs", "outputs")
    }
    return replace(execution, started_ms=0, updated_ms=0, **lists)


@pytest.mark.parametrize("is_plain", [False, True], ids=["Shipway's service", "a plain one"])
def test_a_service_has_the_lineage_that_a_file_has(serve_metadata: Any, tmp_path: Path, is_plain: bool) -> None:
    service = serve_metadata(has_lock=not is_plain, remembers=not is_plain)
    with Lineage.open(tmp_path / "file.db") as local, Lineage.open(service.address()) as far:
        assert a_run(far) == a_run(local)
    queries = LineageQueries.open(service.address())
    assert {one.state for one in queries.run("run-1")} == {"COMPLETE", "FAILED", "CANCELED"}
    queries.close()


def test_what_passes_is_tried_again_with_the_same_request_id(service: Any, remote: RemoteService) -> None:
    service.fail("PutContextType", times=2)
    service.fail("PutContextType", "DEADLINE_EXCEEDED")
    assert put_type(remote) > 0
    asked = service.called("PutContextType")
    assert len({one["x-shipway-request-id"] for one in asked}) == 1
    assert [one["x-shipway-attempt"] for one in asked] == ["1", "2", "3", "4"]
    put_type(remote, "another")
    assert service.called("PutContextType")[-1]["x-shipway-request-id"] != asked[0]["x-shipway-request-id"]
    types_of(remote)
    assert "x-shipway-request-id" not in service.called("GetContextTypes")[0]


@pytest.mark.parametrize("remembers", [True, False], ids=["a service that remembers", "a service that forgets"])
def test_a_record_whose_answer_got_lost_is_stored_once(serve_metadata: Any, remembers: bool) -> None:
    service = serve_metadata(remembers=remembers)
    with Lineage.open(service.address()) as lineage:
        service.fail("PutExecution", stored=True)
        begun = lineage.begin(TRAINER, {"examples": [EXAMPLES]}, {}, "key", Stamp.now())
        service.fail("PutExecution", stored=True, times=1)
        lineage.complete(begun, {"model": [MODEL]}, {})
        (execution,) = lineage.queries().run("run-1")
        assert (execution.id, execution.state) == (begun, "COMPLETE")
        assert [one.uri for one in execution.outputs["model"]] == ["/m"]
        assert [one.uri for one in lineage.queries().artifacts()] == ["/m", "/e"]


def test_two_that_begin_at_once_without_a_lock_get_two_attempts(serve_metadata: Any) -> None:
    service = serve_metadata(has_lock=False, remembers=False)
    with Lineage.open(service.address()) as one, Lineage.open(service.address()) as other:
        others: list[int] = []

        def overtake(method: str) -> None:
            if method == "PutExecution" and not others:
                others.append(0)
                others[0] = other.begin(TRAINER, {}, {}, "key", Stamp.now())

        service.before = overtake
        assert one.begin(TRAINER, {}, {}, "key", Stamp.now()) != others[0]
        assert len(one.queries().run("run-1")) == 2


def test_nobody_answers(service: Any) -> None:
    service.stop()
    remote = opened(service.address(patience_seconds=0.3))
    began = time.monotonic()
    with pytest.raises(UnreachableService) as raised:
        types_of(remote)
    assert time.monotonic() - began < 10
    for words in (service.url, "could not be reached", "shipway metadata serve", "SHIPWAY_METADATA"):
        assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    remote.close()


def test_a_service_that_comes_back_is_found(service: Any) -> None:
    service.stop()
    remote = opened(service.address(patience_seconds=20.0))
    comes_back = threading.Timer(0.3, service.start)
    comes_back.start()
    assert types_of(remote) == []
    comes_back.join()
    remote.close()


def test_who_must_not_wait_tries_once(service: Any, remote: RemoteService) -> None:
    service.fail("GetContextTypes", times=1)
    with remote.at_once(), pytest.raises(UnreachableService, match="could not be reached just now"):
        types_of(remote)
    assert len(service.called("GetContextTypes")) == 1
    service.fail("GetContextTypes", times=1)
    assert types_of(remote) == []


def test_who_is_told_to_hurry_waits_no_more(service: Any) -> None:
    remote = opened(service.address(patience_seconds=1000.0))
    service.fail("GetContextTypes", times=1_000_000)
    service.before = lambda _: remote.hurry() if len(service.calls) == 3 else None
    with pytest.raises(UnreachableService):
        types_of(remote)
    assert 3 <= len(service.calls) <= 4
    remote.close()


@pytest.mark.parametrize(
    ("code", "text", "fault", "words"),
    [
        ("UNAUTHENTICATED", "no token", ClosedService, "SHIPWAY_METADATA_TOKEN_FILE"),
        ("PERMISSION_DENIED", "read only", ClosedService, "refuses this process (read only)"),
        ("INTERNAL", "a defect", FailingService, "failed at GetContextTypes (a defect)"),
        ("RESOURCE_EXHAUSTED", "SERVER: Received message larger than max (9 vs. 4)", OversizedMessage, "larger than"),
    ],
)
def test_what_does_not_pass_is_said_at_once(
    service: Any, remote: RemoteService, code: str, text: str, fault: type[Exception], words: str
) -> None:
    service.fail("GetContextTypes", code, text, times=9)
    with pytest.raises(fault) as raised:
        types_of(remote)
    assert words in str(raised.value)
    assert service.url in str(raised.value)
    assert len(service.called("GetContextTypes")) == 1


def test_what_the_store_refuses_has_the_stores_status(remote: RemoteService) -> None:
    with pytest.raises(MetadataStatus) as raised:
        call(remote, "PutContextType", context_type={})
    assert raised.value.code == 3


def test_a_record_larger_than_the_service_takes(remote: RemoteService) -> None:
    with pytest.raises(OversizedMessage, match="cannot take PutExecution"):
        Lineage(remote).begin(TRAINER, {}, {"text": "x" * (2 << 20)}, "key")


def test_the_token_is_sent_and_read_anew(serve_metadata: Any, tmp_path: Path) -> None:
    service = serve_metadata(token="first")
    file = tmp_path / "token"
    file.write_text("first\n")
    remote = opened(service.address(token_file=file))
    assert types_of(remote) == []
    service.token = "second"
    with pytest.raises(ClosedService, match="no token that is known"):
        types_of(remote)
    file.write_text("second")
    assert types_of(remote) == []
    for content, words in ((b"", "holds no token"), (b"a\nb", "holds no token"), (b"\xff", "cannot be read as ASCII")):
        file.write_bytes(content)
        with pytest.raises(UnreadableCredentials, match=words):
            types_of(remote)
    file.unlink()
    with pytest.raises(UnreadableCredentials, match=f"'{file}' cannot be read"):
        types_of(remote)
    remote.close()


def test_the_lock_keeps_others_out_and_lets_its_holder_in_again(service: Any, remote: RemoteService) -> None:
    other = opened(service.address())
    order: list[str] = []

    def wait_for_it() -> None:
        with other.exclusive():
            order.append("other")

    with remote.exclusive(), remote.exclusive():
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        while len(service.called("Hold")) < 2:
            time.sleep(0.005)
        types_of(remote)
        order.append("holder")
    waiting.join()
    assert order == ["holder", "other"]
    other.close()


def test_a_server_without_locks_is_worked_with_and_said_once(
    serve_metadata: Any, caplog: pytest.LogCaptureFixture
) -> None:
    service = serve_metadata(has_lock=False)
    with Lineage.open(service.address()) as lineage, caplog.at_level(logging.WARNING):
        lineage.complete(lineage.begin(TRAINER, {}, {}, "key"), {}, {})
    assert [record.getMessage() for record in caplog.records] == [
        f"The metadata service at {service.url} has no lock: attempts of one task that begin at the same moment may "
        "both be recorded."
    ]


FORKING = """
import os, sys
from shipway.lineage import Lineage, TaskIdentity
from shipway.settings import MetadataAddress
lineage = Lineage.open(MetadataAddress(None, sys.argv[1]))
def record(task):
    lineage.complete(lineage.begin(TaskIdentity("taxi", "run-1", task, "a.step"), {}, {}, ""), {}, {})
record("before")
for child in ("first", "second"):
    if os.fork() == 0:
        record(child)
        lineage.close()
        os._exit(0)
    record(f"beside-{child}")
codes = [os.waitpid(-1, 0)[1] for _ in range(2)]
record("after")
print(codes, sorted(one.task for one in lineage.queries().run("run-1") if one.state == "COMPLETE"))
lineage.close()
"""


def test_a_forked_child_asks_by_a_channel_of_its_own(service: Any) -> None:
    done = subprocess.run([sys.executable, "-c", FORKING, service.url], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout == "[0, 0] ['after', 'before', 'beside-first', 'beside-second', 'first', 'second']\n"


def certificate(folder: Path, name: str, signer: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
    """A key and a certificate for localhost, in PEM below `folder`; signed by itself, or by `signer`."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    issuer, issuing = (signer[1].subject, signer[0]) if signer else (own, key)
    made = (
        x509.CertificateBuilder(issuer, own, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .sign(issuing, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / f"{name}.key").write_bytes(private)
    (folder / f"{name}.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return key, made


def test_tls_with_certificates_on_both_sides(serve_metadata: Any, tmp_path: Path) -> None:
    import grpc

    authority = certificate(tmp_path, "authority")
    for name in ("server", "client"):
        certificate(tmp_path, name, authority)
    files = {path.name: path.read_bytes() for path in tmp_path.glob("*.*")}
    pairs = [(files["server.key"], files["server.crt"])]
    service = serve_metadata(credentials=grpc.ssl_server_credentials(pairs, files["authority.crt"], True))
    known = {"ca_file": tmp_path / "authority.crt"}
    shown = {"cert_file": tmp_path / "client.crt", "key_file": tmp_path / "client.key"}
    remote = opened(service.address(**known, **shown))
    assert types_of(remote) == []
    remote.close()
    for wrong in (known, {}):
        stranger = opened(service.address(**wrong, patience_seconds=0.2))
        with pytest.raises(UnreachableService, match=service.url):
            types_of(stranger)
        stranger.close()


def test_a_file_of_tls_that_is_gone(tmp_path: Path) -> None:
    remote = opened(MetadataAddress(None, "grpcs://localhost:1", ca_file=tmp_path / "gone.crt"))
    with pytest.raises(UnreadableCredentials, match=r"gone\.crt' cannot be read"):
        types_of(remote)


def test_an_installation_without_grpc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "shipway.lineage.remote")
    monkeypatch.delitem(sys.modules, "shipway.lineage.channels")
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(NoGrpc, match=r"pip install 'shipway\[metadata\]'"):
        open_service(MetadataAddress(None, "grpc://localhost:1"))


def test_threads_share_a_connection(service: Any) -> None:
    with Lineage.open(service.address(patience_seconds=30.0)) as lineage:

        def work(number: int) -> None:
            task = replace(TRAINER, task=f"task-{number}")
            lineage.complete(lineage.begin(task, {"examples": [EXAMPLES]}, {}, "key"), {}, {})

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(one.task for one in lineage.queries().run("run-1")) == [f"task-{n}" for n in range(8)]
        assert len(lineage.queries().artifacts("Examples")) == 1


def test_a_closed_connection_is_opened_by_the_next_call(remote: RemoteService) -> None:
    types_of(remote)
    remote.close()
    assert types_of(remote) == []
