"""Measures exporter and recorder over one store; a line of JSON a figure.

python benchmarks/metadata/generate.py FOLDER && python benchmarks/metadata/measure.py FOLDER
"""

from __future__ import annotations

import logging
import resource
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from figures import Figure, spread, tell

from shipway.endpoint.listening import listening_socket
from shipway.exporter import Exporter
from shipway.exporter.server import MetricsServer
from shipway.exporter.token import Token
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity

STEPS, REFRESHES, SCRAPES = 200, 20, 50


def main(folder: Path) -> int:
    logging.disable()  # of the files of artifacts, which are not there
    tell(_exporter(folder / "metadata.db"))
    tell(_recorder(folder / "metadata.db"))
    return 0


def _exporter(store: Path) -> Iterator[Figure]:
    exporter = Exporter(store)
    yield Figure("exporter, first refresh", round(_milliseconds(exporter.refresh) / 1000, 1), "s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("exporter, peak memory", round(peak), "MiB")
    with Lineage.open(store) as lineage:
        times = []
        for number in range(REFRESHES):
            _step(lineage, f"refresh-{number}")
            times.append(_milliseconds(exporter.refresh))
    yield from spread("exporter, refresh after one step", times, "ms")
    server = MetricsServer(listening_socket("The exporter", "127.0.0.1", 0), lambda: exporter.page, Token(None))
    server.start()
    times = [_milliseconds(lambda: _scrape(server.port)) for _ in range(SCRAPES)]
    server.close()
    exporter.close()
    yield from spread("exporter, one scrape", times, "ms", at_most=100)
    yield Figure("exporter, size of the page", round(len(exporter.page) / 1024), "KiB")
    yield Figure("exporter, series", sum(not line.startswith(b"#") for line in exporter.page.splitlines()), "")


def _recorder(store: Path) -> Iterator[Figure]:
    with Lineage.open(store) as lineage:
        _step(lineage, "warm-up")
        times = [_milliseconds(lambda number=number: _step(lineage, f"run-{number}")) for number in range(STEPS)]
    yield from spread("recorder, a step on SQLite", times, "ms", at_most=10)


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


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
