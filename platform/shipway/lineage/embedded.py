"""The embedded metadata store: one SQLite file, driven by ML Metadata's own engine inside this process.

The file is made under another name and renamed, so a process killed while creating it leaves no half store. It is in
SQLite's write-ahead mode: a commit is one append, readers never wait for writers, and a kill loses nothing committed.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.artifacts.publish import StorageUnwritable, partial_sibling, storage_faults
from shipway.lineage.engine import native
from shipway.lineage.faults import BrokenStore, BusyStore, CorruptStore, MissingStore, fault_of, is_busy
from shipway.lineage.lock import exclusive_file, lock_file
from shipway.lineage.protos import ConnectionConfig, MigrationOptions, SqliteMetadataSourceConfig
from shipway.lineage.service import ABORTED, UNAVAILABLE, MetadataStatus

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from shipway.lineage.service import Response

RETRY_SECONDS = 30.0


class EmbeddedService:
    """A connection to the store at `path`; safe to share between threads, and reopened by itself after a fork.

    Raises, from the constructor and from every call, an `EnvironmentFault` that names the file.
    """

    def __init__(self, path: Path, *, create: bool = True, read_only: bool = False) -> None:
        self.path = path
        self._mode = SqliteMetadataSourceConfig.READONLY if read_only else SqliteMetadataSourceConfig.READWRITE
        self._abandoned: list[Any] = []
        if read_only:
            self._require_file()
            self._connect()
            return
        if create:
            make_folder(path.parent)
        self._require_file(may_be_made=create)
        with exclusive_file(self._lock_path):
            if create and not (path.exists() and path.stat().st_size):
                create_store(path)
            if not os.access(path, os.W_OK):
                raise StorageUnwritable(path, "permission denied")
            self._connect()

    @property
    def _lock_path(self) -> Path:
        return lock_file(self.path)

    def _require_file(self, may_be_made: bool = False) -> None:
        if self.path.is_dir():
            raise CorruptStore(self.path)
        if not may_be_made and not self.path.exists():
            raise MissingStore(self.path)

    def _connect(self) -> None:
        self._pid = os.getpid()
        self._mutex = threading.RLock()
        self._store = connect(self._filename(), self.path, self._mode)

    def _filename(self) -> str:
        """What SQLite is given. A reader that may not write the folder cannot take part in write-ahead; where nobody
        writes just now (there is no log), it reads the file as one that does not change."""
        no_log = not self.path.with_name(self.path.name + "-wal").exists()
        if self._mode == SqliteMetadataSourceConfig.READONLY and no_log and not os.access(self.path.parent, os.W_OK):
            return f"{self.path.absolute().as_uri()}?immutable=1"
        return str(self.path)

    def _ensure_connected(self) -> None:
        if os.getpid() != self._pid:
            self._abandoned.append(self._store)  # closing a connection that crossed a fork would harm the parent's
            self._connect()
        elif self._store is None:
            self._connect()

    def call(self, method: str, request: Message, response: Response) -> Response:
        self._ensure_connected()
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            with self._mutex:
                data, message, code = getattr(native, method)(self._store, request.SerializeToString())
            if code == 0:
                response.ParseFromString(data)
                return response
            text = message.decode("utf-8", "replace")
            if fault := fault_of(self.path, text):
                self._store = None  # the engine keeps a transaction open that broke off, on a full disk say
                raise fault
            if not (is_busy(text) or code in (ABORTED, UNAVAILABLE)):
                raise MetadataStatus(method, code, text)
            if time.monotonic() > deadline:
                raise BusyStore(self.path, RETRY_SECONDS)
            time.sleep(0.02)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        self._ensure_connected()
        with self._mutex, exclusive_file(self._lock_path):
            yield

    def close(self) -> None:
        self._store = None


def make_folder(path: Path) -> None:
    """Make the folder of a store, with a sentence for whatever stands in its way."""
    with storage_faults(path):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise StorageUnwritable(path, "it is a file, not a folder") from error


def connect(filename: str, path: Path, mode: int) -> Any:
    """The engine's handle on `filename`, which is `path` or a URI of it; an `EnvironmentFault` when it is no store."""
    config = ConnectionConfig()
    config.sqlite.filename_uri = filename
    config.sqlite.connection_mode = mode
    options = MigrationOptions()
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            return native.CreateMetadataStore(config.SerializeToString(), options.SerializeToString())
        except RuntimeError as error:
            if not is_busy(str(error)):
                raise fault_of(path, str(error)) or BrokenStore(path, str(error)) from error
            if time.monotonic() > deadline:
                raise BusyStore(path, RETRY_SECONDS) from error
            time.sleep(0.02)


def create_store(path: Path) -> None:
    """Make an empty store at `path`, whole or not at all."""
    import sqlite3

    partial = partial_sibling(path)
    try:
        store = connect(str(partial), path, SqliteMetadataSourceConfig.READWRITE_OPENCREATE)
        del store
        connection = sqlite3.connect(partial)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        with storage_faults(path):
            partial.replace(path)
    finally:
        for leftover in path.parent.glob(partial.name + "*"):
            leftover.unlink(missing_ok=True)
