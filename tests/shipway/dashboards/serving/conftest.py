"""Servers at the edge of the network, with what real ones have answered, and a model that learned, was pushed and was
asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shipway.dashboards.serving.endpoints import Endpoint
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.runner.home import Home

HERE = Path(__file__).resolve().parent
METRICS = HERE / "shipway.prom"
"""The metrics of a real `shipway serve`: flights with the arms control (90) and canary (10), a shadow and a log."""

STABLE, CANARY = "1795291250", "1795291251"
TRAFFIC = {
    "models": {
        "flights": {
            "arms": [
                {"name": "control", "label": "stable", "weight": 90.0},
                {"name": "canary", "version": int(CANARY), "weight": 10.0},
            ],
            "sticky": {"header": "x-user-id"},
            "shadow": {"version": int(CANARY), "sample_rate": 0.2},
        }
    }
}


@dataclass
class Web:
    """A server over HTTP. `pages` has a status and a body by method and path; whatever else is asked is a 404."""

    url: str
    pages: dict[tuple[str, str], tuple[int, bytes]]
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0

    def says(self, path: str, answer: Any, method: str = "GET", status: int = 200) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.pages[method, path] = (status, body)

    def endpoint(self, name: str = "main", **files: Path) -> Endpoint:
        return Endpoint(name, self.url, **files)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.web.asked.append((self.command, self.path, dict(self.headers.items())))
        status, body = self.web.pages.get((self.command, self.path.partition("?")[0]), (404, b"{}"))
        time.sleep(self.web.delay)
        self.send_response(status)
        for name, value in self.web.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def served_web() -> Iterator[Web]:
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        web = handler.web = Web(f"http://127.0.0.1:{server.server_address[1]}", {})
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield web
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def _servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def web(_servers: ExitStack) -> Callable[[], Web]:
    """Starts a server that answers nothing yet."""
    return lambda: _servers.enter_context(served_web())


def shipway_server(web: Web) -> Web:
    """What `shipway serve` answers with two versions of flights and traffic between them."""
    index = [{"name": "flights", "version": version, "state": "READY", "reason": ""} for version in (STABLE, CANARY)]
    web.says("/v2/repository/index", index, "POST")
    web.says("/v2", {"name": "shipway", "version": "0.1.0", "extensions": []})
    web.says("/v1/traffic", TRAFFIC)
    state = {"version": STABLE, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    web.says("/v1/models/flights/labels/stable", {"model_version_status": [state]})
    web.says("/metrics", METRICS.read_bytes())
    return web


@pytest.fixture
def flights_server(web: Callable[[], Web]) -> Web:
    return shipway_server(web())


@pytest.fixture(scope="session")
def long_flights_server(_servers: ExitStack) -> Web:
    """The same for tests that only look."""
    return shipway_server(_servers.enter_context(served_web()))


# The inference log.

Column = Sequence[Any] | np.ndarray


@dataclass(frozen=True)
class Log:
    """A folder as `shipway serve --inference_log` leaves it."""

    folder: Path

    def write(
        self, model: str, inputs: Mapping[str, Column] | None, version: str = "1",
        signature: str = "predict_features", arm: str = "", hour: int = 10, start: str = "20261122T100000Z",
    ) -> Path:  # fmt: skip
        """One file of rows; None for inputs that are nowhere."""
        rows = len(next(iter(inputs.values()))) if inputs else 1
        times = [1_795_341_600_000_000 + 1_000_000 * number for number in range(rows)]
        columns: dict[str, pa.Array] = {
            "tracking_id": pa.array([f"id-{number}" for number in range(rows)]),
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "arm": pa.array([arm] * rows),
        }
        if inputs is not None:
            arrays = [pa.array(column) for column in inputs.values()]
            columns["inputs"] = pa.StructArray.from_arrays(arrays, list(inputs))
        path = (
            self.folder / model / "date=2026-11-22" / f"hour={hour:02}" / f"{version}-{signature}-{start}-0a1b.parquet"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)
        return path


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log")


# A model that learned from rows with statistics, and was pushed.

SCHEMA = """
feature { name: "sweet" type: FLOAT skew_comparator { jensen_shannon_divergence { threshold: 0.05 } } }
feature { name: "sour" type: FLOAT drift_comparator { jensen_shannon_divergence { threshold: 0.5 } } }
feature { name: "fruit" type: BYTES skew_comparator { infinity_norm { threshold: 0.2 } } }
"""


def training_rows(rows: int = 2000) -> dict[str, Column]:
    chance = np.random.default_rng(7)
    return {
        "sweet": chance.normal(0.0, 1.0, rows),
        "sour": chance.normal(5.0, 2.0, rows),
        "fruit": chance.choice(["apple", "pear", "plum"], rows, p=[0.5, 0.3, 0.2]),
        "bought": chance.integers(0, 2, rows),
    }


def live_rows(rows: int = 600) -> dict[str, Column]:
    """As in training, but sweeter, with plums mostly, and with what is sour missing from every fourth."""
    chance = np.random.default_rng(8)
    sour = chance.normal(5.0, 2.0, rows)
    sour[::4] = np.nan
    return {
        "sweet": chance.normal(2.0, 1.0, rows),
        "sour": sour,
        "fruit": chance.choice(["apple", "pear", "plum"], rows, p=[0.1, 0.1, 0.8]),
        "colour": ["red"] * rows,
    }


@dataclass
class Orchard:
    """A home whose pipeline `orchard` pushed version 1 of the model `taste`."""

    home: Home
    lineage: Lineage

    def folder(self, run: str, key: str) -> Path:
        folder = self.home.artifacts / "orchard" / run / key
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def record(
        self, run: str, task: str, inputs: Mapping[str, ArtifactRecord], outputs: Mapping[str, ArtifactRecord]
    ) -> None:
        identity = TaskIdentity("orchard", run, task, f"shipway_components.{task}")
        execution = self.lineage.begin(identity, {key: [one] for key, one in inputs.items()}, {}, f"key-{run}-{task}")
        self.lineage.complete(execution, {key: [one] for key, one in outputs.items()}, {})

    def artifact(self, run: str, key: str, kind: str, **metadata: Any) -> ArtifactRecord:
        return ArtifactRecord(kind, str(self.folder(run, key)), metadata)

    def run(self, run: str, version: str, model: str = "taste", *, with_statistics: bool = True) -> None:
        """ExampleGen, StatisticsGen, a Transform that makes statistics too, Trainer and Pusher."""
        examples = self.artifact(run, "examples", "Examples", span=1)
        schema = self.artifact(run, "schema", "Schema")
        (self.folder(run, "schema") / "schema.pbtxt").write_text(SCHEMA)
        self.record(run, "example_gen", {}, {"examples": examples})
        if with_statistics:
            statistics = self.artifact(run, "statistics", "ExampleStatistics", split_names='["train"]')
            write_statistics(self.folder(run, "statistics"), training_rows())
            self.record(run, "statistics_gen", {"examples": examples}, {"statistics": statistics})
        transformed = self.artifact(run, "transformed", "Examples")
        after = self.artifact(run, "post", "ExampleStatistics")
        self.record(
            run, "transform", {"examples": examples, "schema": schema},
            {"transformed_examples": transformed, "post_transform_stats": after},
        )  # fmt: skip
        trained = self.artifact(run, "model", "Model")
        self.record(run, "trainer", {"examples": transformed, "schema": schema}, {"model": trained})
        pushed = self.artifact(
            run, "pushed", "PushedModel", pushed=1, pushed_version=version, pushed_destination=f"/models/{model}"
        )
        self.record(run, "pusher", {"model": trained}, {"pushed_model": pushed})


def write_statistics(folder: Path, columns: Mapping[str, Column]) -> None:
    from shipway.data.statistics import FILE_NAME, generate_statistics
    from shipway.data.statistics import write_statistics as write

    (folder / "Split-train").mkdir(exist_ok=True)
    batch = pa.RecordBatch.from_arrays([pa.array(column) for column in columns.values()], list(columns))
    write(folder / "Split-train" / FILE_NAME, generate_statistics([batch]))


@contextmanager
def opened_orchard(path: Path) -> Iterator[Orchard]:
    home = Home(path)
    with Lineage.open(home.metadata_db) as lineage:
        yield Orchard(home, lineage)


@pytest.fixture
def orchard(tmp_path: Path) -> Iterator[Orchard]:
    """A home of a test's own, in which nothing has run yet."""
    with opened_orchard(tmp_path / "home") as opened:
        yield opened


@dataclass(frozen=True)
class Tasted:
    home: Home
    log: Log


@pytest.fixture(scope="session")
def tasted(tmp_path_factory: pytest.TempPathFactory) -> Tasted:
    """An orchard whose model was asked for what it did not learn, for tests that only look."""
    folder = tmp_path_factory.mktemp("tasted")
    with opened_orchard(folder / "home") as opened:
        opened.run("run-1", "1")
        opened.run("run-2", STABLE, "flights")
    log = Log(folder / "log")
    log.write("taste", live_rows())
    return Tasted(opened.home, log)


def waited_for(look: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What `look` gives as soon as it is something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.02)
    return pytest.fail(f"it did not happen within {seconds:g} seconds")


@pytest.fixture(scope="session", name="waited_for")
def waited_for_fixture() -> Callable[..., Any]:
    return waited_for


@pytest.fixture(scope="session", name="live_rows")
def live_rows_fixture() -> Callable[..., dict[str, Column]]:
    return live_rows


@pytest.fixture(scope="session", name="training_rows")
def training_rows_fixture() -> Callable[..., dict[str, Column]]:
    return training_rows


@pytest.fixture(scope="session")
def metrics_text() -> str:
    return METRICS.read_text(encoding="utf-8")
