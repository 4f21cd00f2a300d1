"""The engine processes: one that ends is replaced, and a file that was replaced is opened anew."""

import os
import signal
import sqlite3
import time

import grpc
import pytest

from shipway.errors import EnvironmentFault
from shipway.lineage.database import Database
from shipway.lineage.embedded import create_store
from shipway.lineage.server.answer import Answer
from shipway.lineage.server.frames import Opening, Replies, reply


def engine_pids(service):
    return [worker._process.pid for lane in service.server._engines._lanes for worker in lane._workers]


def things(type_id, *uris):
    return {"artifacts": [{"type_id": type_id, "uri": uri} for uri in uris]}


def test_an_engine_that_ends_is_replaced(service, calls, artifact_type, hold_up):
    before = engine_pids(service)
    with hold_up():
        lost = calls.start("PutArtifacts", things(artifact_type, "lost"))
        while not service.server._admission.count:
            time.sleep(0.005)
        os.kill(before[0], signal.SIGKILL)
        assert lost.exception().code() is grpc.StatusCode.UNAVAILABLE
        assert "whether the call was stored is not known" in lost.details()
    assert calls("PutArtifacts", things(artifact_type, "kept")).artifact_ids
    assert not set(engine_pids(service)) & {before[0]}
    stored = calls("GetArtifacts", {"options": {"max_result_size": 50}}).artifacts
    assert [one.uri for one in stored] == ["kept"]


def test_another_file_in_the_stores_place_is_opened(calls, artifact_type, store_file):
    calls("PutArtifacts", things(artifact_type, "old"))
    other = store_file.with_name("other.db")
    create_store(other)
    other.replace(store_file)
    for suffix in ("-wal", "-shm"):
        store_file.with_name(store_file.name + suffix).unlink(missing_ok=True)
    assert len(calls("GetArtifacts", {"options": {"max_result_size": 50}}).artifacts) == 0
    new_type = calls("PutArtifactType", {"artifact_type": {"name": "New"}}).type_id
    assert calls("PutArtifacts", things(new_type, "new")).artifact_ids


def test_other_writers_of_the_file_are_waited_for(calls, artifact_type, hold_up):
    with hold_up():
        waiting = calls.start("PutArtifacts", things(artifact_type, "a"))
        with pytest.raises(grpc.FutureTimeoutError):
            waiting.result(timeout=0.2)
    assert waiting.result().artifact_ids


def test_a_broken_file_stops_the_start(serving, store_file):
    store_file.parent.mkdir()
    store_file.write_text("this is no database, whatever it is called" * 100)
    with pytest.raises(Exception, match="is damaged or not a metadata store at all"), serving():
        pass


def test_a_plain_store_is_put_into_write_ahead_mode(serving, store_file, Calls):
    store_file.parent.mkdir()
    create_store(store_file)
    connection = sqlite3.connect(store_file)
    assert connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    connection.close()
    with serving() as service, service.channel() as channel:
        assert Calls(channel)("PutArtifactType", {"artifact_type": {"name": "Thing"}}).type_id
    connection = sqlite3.connect(store_file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_one_file_has_one_server(service, serving, store_file):
    with (
        pytest.raises(Exception, match=f"{str(store_file)!r} is served by another 'shipway metadata serve'"),
        serving(),
    ):
        pass


def test_a_database_that_is_not_there_stops_the_start(serving):
    database = Database.parse("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(EnvironmentFault, match=r"postgresql://nobody@127.0.0.1:1/nothing"), serving(database=database):
        pass


def test_answers_are_read_however_they_arrive():
    sent = [Answer(0, "", b"x" * 300), Answer(5, "nicht da: é"), Answer(0)]
    stream = b"".join(map(reply, sent))
    replies = Replies()
    assert [answer for byte in stream for answer in replies.feed(bytes([byte]))] == sent
    assert Replies().feed(stream) == sent


def test_an_opening_survives_the_socket():
    opening = Opening("sqlite:a", b"\xff\0", "/a")
    assert Opening.from_bytes(opening.to_bytes()) == opening
    assert "xff" not in repr(opening)
