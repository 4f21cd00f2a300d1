"""Records runs into a store until it is told to stop: a process of its own, as every writer of a store is.

python writer.py DATABASE LOCK PREFIX: runs PREFIX-0, PREFIX-1..., a line on standard output after each, until standard
input ends. The password is in the environment.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.lineage.database import SQLITE, Database, read_password
from shipway.lineage.embedded import EmbeddedService
from shipway.lineage.engine import native
from shipway.lineage.lock import exclusive_file
from shipway.lineage.protos import MigrationOptions
from shipway.lineage.service import ABORTED, MetadataStatus


class EngineService:
    """ML Metadata's engine on a server's database, its writers queued by a file."""

    def __init__(self, database: Database, lock: Path) -> None:
        config = database.connection_config().SerializeToString()
        self._store = native.CreateMetadataStore(config, MigrationOptions().SerializeToString())
        self._lock = lock

    def call(self, method, request, response):
        for _ in range(50):
            data, message, code = getattr(native, method)(self._store, request.SerializeToString())
            if code == 0:
                response.ParseFromString(data)
                return response
            if code != ABORTED:
                break
            time.sleep(0.02)
        raise MetadataStatus(method, code, message.decode())

    @contextmanager
    def exclusive(self):
        with exclusive_file(self._lock):
            yield

    def close(self) -> None:
        self._store = None


def open_lineage(database: Database, lock: Path) -> Lineage:
    if database.kind == SQLITE:
        return Lineage(EmbeddedService(database.path))
    return Lineage(EngineService(database, lock))


def write_run(lineage: Lineage, run: str) -> None:
    """Two tasks, with text, numbers and bytes that databases like to change."""
    data = ArtifactRecord(
        "Examples", f"/data/{run}/é\u0301 ✈", {"span": 3, "rows": 5_000_000, "share": 0.1}, f"d-{run}"
    )
    model = ArtifactRecord("Model", f"/models/{run}", {"notes": "a 'quote' and\n a line", "mean": -2.5e-300})
    first = lineage.begin(TaskIdentity("Flüge", run, "ingest", "steps.ingest"), {}, {"path": "/in/✈", "n": 1}, "k")
    lineage.complete(first, {"examples": [data, data]}, {"count": 7})
    second = lineage.begin(TaskIdentity("Flüge", run, "train", "steps.train"), {"examples": [data]}, {}, "k")
    lineage.complete(second, {"model": [model]}, {})


def main(name: str, lock: str, prefix: str) -> None:
    stopped = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
    with open_lineage(Database.parse(name, read_password(None)), Path(lock)) as lineage:
        number = 0
        while not stopped.is_set():
            write_run(lineage, f"{prefix}-{number}")
            print(number, flush=True)
            number += 1


if __name__ == "__main__":
    main(*sys.argv[1:4])
