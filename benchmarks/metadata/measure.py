"""Measures exporter and recorder over one store; a line of JSON a figure.

python benchmarks/metadata/generate.py FOLDER && python benchmarks/metadata/measure.py FOLDER
"""

from __future__ import annotations

import json
import logging
import resource
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from shipway.exporter import Exporter
from shipway.exporter.address import listening_socket
from shipway.exporter.server import MetricsServer
from shipway.exporter.token import Token
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity

STEPS, REFRESHES, SCRAPES = 200, 20, 50
MILLISECONDS = 1000.0


def main(folder: Path) -> int:
    logging.disable()  # of the files of artifacts, which are not there
    for measure in (_exporter, _recorder):
        for row in measure(folder / "metadata.db"):
            print(json.dumps(row), flush=True)
    return 0


def _exporter(store: Path) -> Iterator[dict[str, object]]:
    exporter = Exporter(store)
    began = time.monotonic()
    exporter.refresh()
    yield _row("exporter, first refresh", time.monotonic() - began, "s")
    yield _row("exporter, peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")
    with Lineage.open(store) as lineage:
        times = []
        for number in range(REFRESHES):
            _step(lineage, f"refresh-{number}")
            times.append(_seconds(exporter.refresh))
    yield _row("exporter, refresh after one step, median", statistics.median(times) * MILLISECONDS, "ms")
    server = MetricsServer(listening_socket("127.0.0.1", 0), lambda: exporter.page, Token(None))
    server.start()
    times = [_seconds(lambda: _scrape(server.port)) for _ in range(SCRAPES)]
    server.close()
    exporter.close()
    yield _row("exporter, one scrape, p99", sorted(times)[-1] * MILLISECONDS, "ms", "at most 100 ms")
    yield _row("exporter, size of the page", len(exporter.page) / 1024, "KiB")
    yield _row("exporter, series", sum(not line.startswith(b"#") for line in exporter.page.splitlines()), "")


def _recorder(store: Path) -> Iterator[dict[str, object]]:
    with Lineage.open(store) as lineage:
        _step(lineage, "warm-up")
        times = [_seconds(lambda number=number: _step(lineage, f"run-{number}")) for number in range(STEPS)]
    yield _row("recorder, a step on SQLite, median", statistics.median(times) * MILLISECONDS, "ms", "at most 10 ms")
    yield _row("recorder, a step on SQLite, p99", sorted(times)[int(0.99 * STEPS)] * MILLISECONDS, "ms")


def _step(lineage: Lineage, run_id: str) -> None:
    """Begin and complete a step with three inputs, six parameters and two outputs."""
    task = TaskIdentity("bench", run_id, "trainer", "shipway_components.trainer")
    inputs = {key: [ArtifactRecord("Examples", f"/bench/{key}", digest=key)] for key in ("examples", "schema", "graph")}
    parameters = {f"parameter_{number}": number for number in range(6)}
    execution = lineage.begin(task, inputs, parameters, "key")
    made = {
        key: [ArtifactRecord("Model", f"/bench/{run_id}/{key}", {"rows": 1}, key)] for key in ("model", "model_run")
    }
    lineage.complete(execution, made, {"loss": 0.5})


def _scrape(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return answer.read()


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _row(name: str, value: float, unit: str, goal: str = "") -> dict[str, object]:
    return {
        "name": name,
        "value": round(value, 1 if value < 1000 else None),
        "unit": unit,
        **({"goal": goal} if goal else {}),
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
