"""One model server, as it was when it was last looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from shipway.dashboards.serving.asking import NoAnswer, ask
from shipway.dashboards.serving.counts import BEGINNINGS, counts_of
from shipway.dashboards.serving.endpoints import Endpoint
from shipway.dashboards.serving.exposition import Samples, read_exposition
from shipway.dashboards.serving.history import History
from shipway.dashboards.serving.inventory import Inventory, take_inventory

METRICS_PATHS = ("/metrics", "/monitoring/prometheus/metrics")


@dataclass(frozen=True)
class Snapshot:
    """The last that is known of a server. Times are milliseconds since 1970, 0 for never.

    `answers` is None until the first look is over; `since_ms` is since when it is what it is. While a server does not
    answer, `inventory` and `samples` are what it said last.
    """

    endpoint: Endpoint
    answers: bool | None = None
    since_ms: float = 0
    answered_ms: float = 0
    problem: str = ""
    metrics_problem: str = ""
    started_ms: float = 0
    inventory: Inventory = field(default_factory=Inventory)
    samples: Samples = field(default_factory=dict)


class Watch:
    """Looks at one server; `snapshot` and `history` may be read at any time."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.snapshot = Snapshot(endpoint)
        self.history = History()
        self._metrics_path = METRICS_PATHS[0]

    def look(self) -> None:
        """Ask the server for everything, once. What it does not answer is told by the snapshot."""
        before = self.snapshot
        now_ms = time.time() * 1000
        try:
            samples, problem = self._metrics(before.endpoint)
            inventory = take_inventory(before.endpoint, samples)
        except NoAnswer as fault:
            since_ms = before.since_ms if before.answers is False else now_ms
            self.snapshot = replace(before, answers=False, since_ms=since_ms, problem=str(fault))
            return
        counts = counts_of(samples)
        if not problem:
            self.history.note(time.time(), counts)
        self.snapshot = Snapshot(
            endpoint=before.endpoint,
            answers=True,
            since_ms=before.since_ms if before.answers else now_ms,
            answered_ms=now_ms,
            metrics_problem=problem,
            started_ms=counts.started * 1000,
            inventory=inventory,
            samples=samples,
        )

    def _metrics(self, endpoint: Endpoint) -> tuple[Samples, str]:
        """The metrics, or none and a sentence where the server shows them at neither address. Raises `NoAnswer`."""
        for path in dict.fromkeys((self._metrics_path, *METRICS_PATHS)):
            reply = ask(endpoint, path)
            if reply.status == 200:
                self._metrics_path = path
                return read_exposition(reply.body.decode("utf-8", "replace"), BEGINNINGS), ""
        return (
            {},
            f"It shows no metrics ({reply.status} at {' and '.join(METRICS_PATHS)}): how much it is asked is unknown.",
        )
