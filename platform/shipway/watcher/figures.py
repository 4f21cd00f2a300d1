"""What the watcher tells of itself: Prometheus' metrics, and whether it is ready."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import generate_latest

TROUBLE_SECONDS = 300.0
"""How long cluster or store may be away before the watcher is not ready."""

log = logging.getLogger(__name__)


class Figures:
    """Counts of one watcher over `namespaces`, for any thread."""

    def __init__(self, namespaces: Collection[str]) -> None:
        self.registry = CollectorRegistry()
        self.last_event_fault = ""
        self._lock = threading.Lock()
        self._followed = {(namespace, kind) for namespace in namespaces for kind in ("pods", "workflows")}
        self._found: dict[tuple[str, str], float] = {}
        self._lost: dict[tuple[str, str], float] = {}
        self._store_found = 0.0
        self._waiting: dict[tuple[str, str], int] = {}
        own = {"registry": self.registry}
        self._died = Counter(
            "shipway_watch_deaths_total", "Steps whose pods died, as recorded.", ("namespace", "reason"), **own
        )
        self._ended = Counter(
            "shipway_watch_run_ends_total", "Ends of runs, as recorded.", ("namespace", "state"), **own
        )
        self._waits = Gauge("shipway_watch_waiting_steps", "Steps that cannot begin.", ("namespace",), **own)
        self._faults = Counter(
            "shipway_watch_errors_total", "Times that cluster or store did not answer.", ("of",), **own
        )
        for of in ("cluster", "store"):
            self._faults.labels(of)
        Gauge(
            "shipway_watch_store_last_answer_timestamp_seconds", "When the metadata store last took records.", **own
        ).set_function(lambda: self._store_found)

    def page(self) -> bytes:
        return generate_latest(self.registry)

    def not_ready(self) -> str:
        """Why the watcher is not ready, "" where it is."""
        now = time.monotonic()
        with self._lock:
            unknown = sorted(self._followed - self._found.keys())
            away = sorted(key for key, since in self._lost.items() if now - since > TROUBLE_SECONDS)
        if unknown:
            return "not listed yet: " + ", ".join(f"{kind} of {namespace}" for namespace, kind in unknown)
        if away:
            return "not heard of for minutes: " + ", ".join(f"{kind} of {namespace}" for namespace, kind in away)
        return "" if time.time() - self._store_found < TROUBLE_SECONDS else "the metadata store does not take records"

    def cluster_found(self, namespace: str, kind: str) -> None:
        with self._lock:
            self._found[namespace, kind] = time.monotonic()
            was_lost = self._lost.pop((namespace, kind), None)
        if was_lost is not None:
            log.info("The %s of namespace %r are heard of again.", kind, namespace)

    def cluster_lost(self, namespace: str, kind: str, sentence: str) -> None:
        """A sentence is logged when it is news."""
        self._faults.labels("cluster").inc()
        with self._lock:
            is_news = (namespace, kind) not in self._lost
            self._lost.setdefault((namespace, kind), time.monotonic())
        if is_news:
            log.warning("%s", sentence)

    def store_found(self) -> None:
        self._store_found = time.time()

    def store_lost(self) -> None:
        self._faults.labels("store").inc()

    def died(self, namespace: str, reason: str) -> None:
        self._died.labels(namespace, reason).inc()

    def ended(self, namespace: str, state: str) -> None:
        self._ended.labels(namespace, state).inc()

    def waiting(self, namespace: str, run_id: str, steps: int) -> None:
        """How many steps of a run cannot begin."""
        with self._lock:
            if steps:
                self._waiting[namespace, run_id] = steps
            else:
                self._waiting.pop((namespace, run_id), None)
            total = sum(number for key, number in self._waiting.items() if key[0] == namespace)
        self._waits.labels(namespace).set(total)
