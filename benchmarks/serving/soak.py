"""Minutes of steady load, and whether the server's memory grows.

Memory is what the server has allocated. Pages of libraries are left out: the server's share of them grows when some
other process that uses TensorFlow ends.
"""

from __future__ import annotations

import threading
from statistics import median
from typing import Any

import load
import payloads
from rounds import Contender, target
from servers import Server, shipway
from workplace import QUICK, Workplace

from process import ANONYMOUS, tree_mib

CALLERS = 64
SHARE_OF_CAPACITY = 0.7
SAMPLES = 60
SETTLED_AFTER = 0.1
"""The share of the time after which memory is taken as the start: pools and caches have filled by then."""


def measure(workplace: Workplace) -> dict[str, Any]:
    """70 % of what the server can do, for long; memory at the start and at the end are medians of a tenth each."""
    seconds = workplace.lengths.soak_seconds
    with shipway(workplace.base(QUICK), workplace.server_folder("shipway-soak")) as server:
        asked = target(Contender(server, payloads.TENSORFLOW_REST), workplace.bodies)
        capacity = load.closed_loop(asked, CALLERS, workplace.lengths.seconds).rate
        sampler = _Memory(server, seconds / SAMPLES)
        sampler.start()
        rate, failures = load.paced_loop(asked, CALLERS, SHARE_OF_CAPACITY * capacity, seconds)
        sampler.stop()
    samples = sampler.mib
    tenth = max(1, round(SETTLED_AFTER * len(samples)))
    start, end = median(samples[tenth : 2 * tenth]), median(samples[-tenth:])
    report = {
        "seconds": seconds,
        "capacity": round(capacity, 1),
        "rate": round(rate, 1),
        "failures": failures,
        "start_mib": round(start, 1),
        "end_mib": round(end, 1),
        "growth": round(end / start - 1, 4),
        "settings": {server.name: server.settings},
    }
    print(
        f"{seconds:.0f} s at {rate:,.0f} requests/s ({rate / capacity:.0%} of capacity): {failures} failed, memory "
        f"{report['start_mib']} MiB to {report['end_mib']} MiB ({report['growth']:+.1%})",
        flush=True,
    )
    return report


class _Memory(threading.Thread):
    """Samples of the memory that the server has allocated, in MiB."""

    def __init__(self, server: Server, every_seconds: float) -> None:
        super().__init__(daemon=True)
        self.mib: list[float] = []
        self._pid = server.pid
        self._every_seconds = every_seconds
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(self._every_seconds):
            self.mib.append(tree_mib(self._pid, ANONYMOUS))

    def stop(self) -> None:
        self._done.set()
        self.join()
