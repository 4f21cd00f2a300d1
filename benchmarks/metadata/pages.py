"""Measures the dashboards' pages over one store; a line of JSON a figure.

    python benchmarks/metadata/generate.py FOLDER && python benchmarks/metadata/pages.py FOLDER [--only WORD]

A real server answers, and every request is for another address of its kind (`page_kinds.py`). The time is from the
request to the last byte of the page; beside it stands the processor's time, client and server together, which other
work on the machine does not touch.
"""

from __future__ import annotations

import argparse
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from figures import Figure, spread, tell
from page_kinds import KINDS, Store
from uvicorn import Server

from shipway.dashboards.app import create_app
from shipway.dashboards.options import DashboardOptions
from shipway.dashboards.server import uvicorn_config
from shipway.dashboards.warming import warm
from shipway.endpoint.listening import listening_socket

REQUESTS = 200
GOAL_MS = 200
INCOMPLETE = "still being read"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="pages of each kind")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    options = parser.parse_args()
    store = Store.read(options.folder / "metadata.db")
    with _served(options.folder) as client:
        if "search".startswith(options.only):
            tell(_filling_of_search(client))
        for name, address in KINDS.items():
            if options.only in name:
                _measured(client, address(store))
                times = [_measured(client, address(store)) for _ in range(options.requests)]
                tell(spread(name, [wall for wall, _ in times], "ms", GOAL_MS))
                tell(spread(f"{name}, processor", [used for _, used in times], "ms"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell([Figure("dashboards, peak memory", round(peak), "MiB")])
    return 0


@contextmanager
def _served(home: Path) -> Iterator[httpx.Client]:
    """A client that has signed in to a server of the store, which has read what it reads at its start."""
    with listening_socket("The dashboards", "127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        options = DashboardOptions(home, port=port)
        app = create_app(options)
        began = time.perf_counter()
        warm(app.state.doors.site).join()
        tell([Figure("dashboards, what is read at the start", round(time.perf_counter() - began, 1), "s")])
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


def _filling_of_search(client: httpx.Client) -> Iterator[Figure]:
    """Search reads the store when it is first asked, and answers meanwhile with what it has read."""
    began = time.perf_counter()
    yield Figure("search, the first page of all", round(_measured(client, "/artifacts")[0], 1), "ms")
    while INCOMPLETE in client.get("/artifacts").text:
        time.sleep(0.5)
    yield Figure("search, all texts read", round(time.perf_counter() - began, 1), "s")


def _measured(client: httpx.Client, address: str) -> tuple[float, float]:
    """Milliseconds until the page was there, and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    client.get(address).raise_for_status()
    return (time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000


if __name__ == "__main__":
    sys.exit(main())
