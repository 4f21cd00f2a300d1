"""Measures the dashboards' pages of pipelines and runs over one store; a line of JSON a figure.

    python benchmarks/metadata/generate.py FOLDER && python benchmarks/metadata/run_pages.py FOLDER

A real server answers, and every request is for another run. The time is from the request to the last byte of the page;
beside it stands the processor's time, client and server together, which other work on the machine does not touch.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx
from flow import TASKS
from uvicorn import Server

from shipway.dashboards.app import create_app
from shipway.dashboards.listening import listen
from shipway.dashboards.options import DashboardOptions
from shipway.dashboards.server import uvicorn_config
from shipway.lineage import LineageQueries, RecordedRun

REQUESTS = 200
GOAL = "at most 200 ms"


def main(home: Path) -> int:
    chance = Random(7)
    queries = LineageQueries.open(home / "metadata.db")
    runs = queries.runs()
    queries.close()

    def run() -> RecordedRun:
        return chance.choice(runs)

    def before(one: RecordedRun) -> str:
        return f"before={float(one.created_ms)!r}:{one.run_id}"

    pages: dict[str, Callable[[], str]] = {
        "one run": lambda: f"/runs/{run().run_id}",
        "one run, its live part": lambda: f"/runs/{run().run_id}/live",
        "one step": lambda: f"/runs/{run().run_id}/tasks/{TASKS[0].name}",
        "a page of runs": lambda: f"/runs?{before(run())}",
        "a page of failed runs": lambda: f"/runs?state=FAILED&{before(run())}",
        "runs by text": lambda: f"/runs?q={run().run_id[-4:]}",
        "all pipelines": lambda: "/pipelines",
        "one pipeline": lambda: f"/pipelines/{run().pipeline}",
        "two runs compared": lambda: f"/compare?run={run().run_id}&run={run().run_id}",
    }
    with served(home) as client:
        tell("first list of runs, nothing read yet", [measured(client, "/runs")], "")
        for name, address in pages.items():
            measured(client, address())
            tell(name, [measured(client, address()) for _ in range(REQUESTS)], GOAL)
    return 0


@contextmanager
def served(home: Path) -> Iterator[httpx.Client]:
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


def measured(client: httpx.Client, address: str) -> tuple[float, float]:
    """Milliseconds until the page was there, and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    client.get(address).raise_for_status()
    return (time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000


def tell(name: str, times: list[tuple[float, float]], goal: str) -> None:
    for kind, chosen in (("", [wall for wall, _ in times]), (", processor", [used for _, used in times])):
        ordered = sorted(chosen)
        for part, what in ((0.5, "median"), (0.99, "p99")):
            value = ordered[min(len(ordered) - 1, int(part * len(ordered)))]
            row = {"name": f"{name}, {what}{kind}", "value": round(value, 1), "unit": "ms"}
            print(json.dumps(row | ({"goal": goal} if goal and what == "p99" and not kind else {})), flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
