"""The store's file: broken, forbidden, shared by processes, killed in the middle of a write."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shipway.artifacts.publish import StorageFull, StorageUnwritable
from shipway.errors import EnvironmentFault
from shipway.lineage import Lineage, LineageQueries, TaskIdentity, faults
from shipway.lineage.faults import BrokenStore, BusyStore, CorruptStore, OtherVersionStore, fault_of, is_busy
from shipway.lineage.lock import exclusive_file

NOBODY = 65534
WRITER = """
import sys
from pathlib import Path
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
store, run, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with Lineage.open(store) as lineage:
    print("open", flush=True)
    for number in range(count):
        task = TaskIdentity("taxi", run, f"task-{number}", "shipway_components.trainer")
        shared = ArtifactRecord("Schema", "/schema", {}, "s")
        made = ArtifactRecord("Model", f"/{run}/{number}", {}, f"{run}{number}")
        execution = lineage.begin(task, {"schema": [shared]}, {"n": number}, "key")
        lineage.complete(execution, {"model": [made]}, {"n": number})
"""


def start_writer(store: Path, run: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(store), run, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def a_task(number: int) -> TaskIdentity:
    return TaskIdentity("taxi", "run-1", f"task-{number}", "shipway_components.trainer")


def sentence_of(error: pytest.ExceptionInfo[EnvironmentFault]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def as_nobody(action: Callable[[], Any]) -> str:
    """What `action` raised in a child without the right to write anywhere; root may write whatever the mode says."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            action()
            message = "nothing was raised"
        except BaseException as error:
            message = f"{type(error).__name__}: {error}"
        os.write(write_end, message.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        message = pipe.read()
    os.waitpid(child, 0)
    return message


def open_to_others(path: Path) -> None:
    """Let every user reach `path`, as pytest's temporary folders do not."""
    for folder in (path, *path.parents[:-1]):
        if folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o055)


@pytest.mark.parametrize("content", [b"this is no database at all, only text " * 40, b"\x00" * 5000])
def test_a_file_that_is_no_store(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "metadata.db"
    path.write_bytes(content)
    with pytest.raises(CorruptStore) as error:
        Lineage.open(path)
    assert f"{str(path)!r} is damaged" in sentence_of(error)
    assert "move it away (mv " in sentence_of(error)
    assert path.read_bytes() == content


@pytest.mark.parametrize("damage", ["truncated", "overwritten"])
def test_a_damaged_store(make: Any, lineage: Lineage, store: Path, damage: str) -> None:
    for number in range(30):
        make("run-1", f"task-{number}")
    lineage.close()
    data = store.read_bytes()
    noise = random.Random(1).randbytes(100_000)
    store.write_bytes(data[:20_000] if damage == "truncated" else data[:8192] + noise + data[108_192:])
    for leftover in ("-wal", "-shm"):
        store.with_name(store.name + leftover).unlink(missing_ok=True)
    with pytest.raises(CorruptStore):
        Lineage.open(store)
    with pytest.raises(CorruptStore):
        LineageQueries.open(store)


def test_damage_that_shows_only_later(make: Any, lineage: Lineage, store: Path) -> None:
    for number in range(200):
        make("run-1", f"task-{number}", **{f"p{n}": "x" * 200 for n in range(10)})
    lineage.close()
    data = bytearray(store.read_bytes())
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    store.write_bytes(data)
    with pytest.raises(CorruptStore):
        LineageQueries.open(store).run("run-1")


def test_an_empty_file_becomes_a_store(store: Path) -> None:
    store.parent.mkdir()
    store.touch()
    Lineage.open(store).close()
    assert LineageQueries.open(store).runs() == []


def test_a_folder_where_the_store_should_be(store: Path) -> None:
    store.mkdir(parents=True)
    with pytest.raises(CorruptStore, match=r"metadata\.db' is damaged or not a metadata store"):
        Lineage.open(store)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    open_to_others(tmp_path)
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    raised = as_nobody(lambda: Lineage.open(home / "metadata.db"))
    assert raised.startswith(f"StorageUnwritable: Cannot write to '{home}")
    assert list(home.iterdir()) == []
    raised = as_nobody(lambda: Lineage.open(home / "below" / "metadata.db"))
    assert raised.startswith(f"StorageUnwritable: Cannot write to '{home}")


def test_a_home_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(StorageUnwritable) as error:
        Lineage.open(tmp_path / "home" / "metadata.db")
    assert "home' (it is a file, not a folder)" in sentence_of(error)
    with pytest.raises(StorageUnwritable):
        Lineage.open(tmp_path / "home" / "below" / "metadata.db")


def test_a_store_that_may_only_be_read(make: Any, lineage: Lineage, store: Path) -> None:
    make("run-1", "example_gen")
    lineage.close()
    open_to_others(store.parent)
    store.chmod(0o444)
    store.parent.chmod(0o555)
    assert as_nobody(lambda: Lineage.open(store)).startswith("StorageUnwritable: Cannot write to")
    assert as_nobody(lambda: LineageQueries.open(store).runs()) == "nothing was raised"
    store.parent.chmod(0o755)


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("Error when executing query: database or disk is full query: INSERT", StorageFull),
        ("Error when executing query: disk I/O error query: COMMIT", BrokenStore),
        ("attempt to write a readonly database", StorageUnwritable),
        ("MLMD database version 12 is greater than library version 11", OtherVersionStore),
    ],
)
def test_what_the_engine_says_gets_a_sentence(tmp_path: Path, message: str, fault: type[EnvironmentFault]) -> None:
    found = fault_of(tmp_path / "metadata.db", message)
    assert type(found) is fault
    assert str(tmp_path) in str(found)
    assert "\n" not in str(found)


def test_an_io_error_on_a_full_disk_is_the_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults.shutil, "disk_usage", lambda folder: SimpleNamespace(free=4096))
    assert isinstance(fault_of(tmp_path / "metadata.db", "disk I/O error"), StorageFull)


def test_a_refused_call_is_no_fault_of_the_file(tmp_path: Path) -> None:
    assert fault_of(tmp_path, "Given node already exists") is None
    constraint = "Error when executing query: UNIQUE constraint failed: Artifact.name query: INSERT 'malformed, locked'"
    assert fault_of(tmp_path, constraint) is None
    assert not is_busy(constraint.replace("malformed", "database is locked"))


def test_four_processes_at_once_lose_nothing(store: Path) -> None:
    writers = [start_writer(store, f"run-{number}", 40) for number in range(4)]
    assert [writer.communicate(timeout=60)[0] for writer in writers] == ["open\n"] * 4
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    queries = LineageQueries.open(store)
    for number in range(4):
        executions = queries.run(f"run-{number}")
        assert [one.state for one in executions] == ["COMPLETE"] * 40
        assert [one.outputs["model"][0].uri for one in executions] == [f"/run-{number}/{n}" for n in range(40)]
    assert len(queries.artifacts("Schema")) == 1


def test_a_kill_in_the_middle_of_writing_leaves_whole_records(store: Path) -> None:
    for number in range(6):
        writer = start_writer(store, f"run-{number}", 10_000)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.02 + 0.01 * number)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    with Lineage.open(store) as lineage:
        lineage.begin(TaskIdentity("taxi", "after", "task", "step"), {}, {}, "key")
        queries = lineage.queries()
        assert len(queries.runs()) >= 2
        for run in queries.runs():
            executions = queries.run(run.run_id)
            assert all(len(one.outputs) == (1 if one.state == "COMPLETE" else 0) for one in executions)
            assert sum(one.state == "RUNNING" for one in executions) <= 1


def test_a_kill_while_the_store_is_made_leaves_none_or_a_whole_one(store: Path) -> None:
    for delay in range(12):
        child = os.fork()
        if child == 0:
            Lineage.open(store)
            os._exit(0)
        time.sleep(0.001 * delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if store.exists():
            assert LineageQueries.open(store).runs() == []
            store.unlink()
    Lineage.open(store).close()


def test_a_connection_outlives_a_fork_on_both_sides(make: Any, lineage: Lineage) -> None:
    make("run-1", "before")
    child = os.fork()
    if child == 0:
        try:
            make("run-1", "in_the_child")
        except BaseException:
            os._exit(1)
        os._exit(0)
    make("run-1", "in_the_parent")
    assert os.waitpid(child, 0)[1] == 0
    make("run-1", "after")
    tasks = [one.task for one in lineage.queries().run("run-1")]
    assert sorted(tasks) == ["after", "before", "in_the_child", "in_the_parent"]


def test_threads_share_a_connection(lineage: Lineage) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 10):
            lineage.complete(lineage.begin(a_task(number), {}, {}, "key"), {}, {})

    threads = [threading.Thread(target=work, args=(10 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.state for one in lineage.queries().run("run-1")] == ["COMPLETE"] * 40


def test_another_program_that_writes_is_waited_for(make: Any, lineage: Lineage, store: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(store, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, lambda: connection.execute("ROLLBACK"))
    release.start()
    make("run-1", "example_gen")
    release.join()
    connection.close()
    assert len(lineage.queries().run("run-1")) == 1


def test_a_lock_that_is_never_let_go(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db.lock"
    locked = pytest.raises(BusyStore, match=r"metadata\.db' was locked by another process")
    with exclusive_file(path), locked, exclusive_file(path, timeout=0.05):
        pass
    with exclusive_file(path, timeout=0.05):
        pass
