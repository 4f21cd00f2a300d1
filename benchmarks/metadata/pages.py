"""Measures the dashboards' pages of artifacts and lineage over one store; a line of JSON a figure.

    python benchmarks/metadata/generate.py FOLDER && python benchmarks/metadata/pages.py FOLDER

A real server answers, the time is from the request to the last byte of the page, and every request is for another
artifact or another text.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx
from uvicorn import Server

from shipway.dashboards.app import create_app
from shipway.dashboards.listening import listen
from shipway.dashboards.options import DashboardOptions
from shipway.dashboards.server import uvicorn_config
from shipway.lineage import LineageQueries

REQUESTS = 300
GOAL = "at most 200 ms"
MILLISECONDS = 1000.0


def main(home: Path) -> int:
    chance = Random(5)
    queries = LineageQueries.open(home / "metadata.db")
    newest = queries.artifacts(limit=1)[0].id
    models = [one.id for one in queries.artifacts("Model", limit=3000)]
    rows = [one.id for one in queries.artifacts("Examples", limit=3000)]
    schemas = [one.id for one in queries.artifacts("Schema", limit=3000)]
    queries.close()
    with _served(home) as client:
        began = time.perf_counter()
        _page(client, "/artifacts")
        _tell("search, first page", [time.perf_counter() - began], "")
        while "still being read" in _page(client, "/artifacts"):
            time.sleep(0.1)
        print(
            json.dumps({"name": "search, all texts read", "value": round(time.perf_counter() - began, 1), "unit": "s"})
        )
        pages: dict[str, Callable[[], str]] = {
            "search, a common word": lambda: f"/artifacts?q=flights&page={chance.randrange(1, 20)}",
            "search, the digits of a digest": lambda: f"/artifacts?q={chance.getrandbits(32):08x}",
            "search, a run and a step": lambda: f"/artifacts?q=-{chance.randrange(6000):06x}+trainer",
            "search, a type and a state": lambda: "/artifacts?type=Model&state=DELETED",
            "one artifact": lambda: f"/artifacts/{chance.randrange(1, newest)}",
            "one schema": lambda: f"/artifacts/{chance.choice(schemas)}",
            "lineage, any artifact, depth 10": lambda: f"/lineage/{chance.randrange(1, newest)}?depth=10",
            "lineage, a model, depth 10": lambda: f"/lineage/{chance.choice(models)}?depth=10",
            "lineage, a model, depth 30, not folded": lambda: f"/lineage/{chance.choice(models)}?depth=30&fold=none",
            "story of a model": lambda: f"/lineage/{chance.choice(models)}/story",
            "models that saw a span": lambda: f"/lineage/{chance.choice(rows)}/models",
        }  # fmt: skip
        for name, address in pages.items():
            _page(client, address())
            _tell(name, [_seconds(client, address()) for _ in range(REQUESTS)], GOAL)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"name": "dashboards, peak memory", "value": round(memory), "unit": "MiB"}))
    return 0


@contextmanager
def _served(home: Path) -> Iterator[httpx.Client]:
    """A client that has signed in to a server of the store."""
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        options = DashboardOptions(home, port=port)
        app = create_app(options)
        server = Server(uvicorn_config(app, options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
                client.get("/sign-in", params={"token": app.state.doors.tokens.made})
                yield client
        finally:
            server.should_exit = True
            thread.join()


def _page(client: httpx.Client, address: str) -> str:
    response = client.get(address)
    response.raise_for_status()
    return response.text


def _seconds(client: httpx.Client, address: str) -> float:
    began = time.perf_counter()
    _page(client, address)
    return time.perf_counter() - began


def _tell(name: str, times: list[float], goal: str) -> None:
    ordered = sorted(times)
    for part, what in ((0.5, "median"), (0.99, "p99")):
        value = ordered[min(len(ordered) - 1, int(part * len(ordered)))] * MILLISECONDS
        row = {"name": f"{name}, {what}", "value": round(value, 1), "unit": "ms"}
        print(json.dumps(row | ({"goal": goal} if goal and what == "p99" else {})), flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
