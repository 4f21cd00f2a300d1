"""What Prometheus is told of the service."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class ServiceMetrics:
    """The service's series in a registry; whoever shares the registry is shown beside them.

    Args:
        in_flight: how many calls are under way now.
    """

    def __init__(self, registry: CollectorRegistry, in_flight: Callable[[], float]) -> None:
        self.registry = registry
        requests = Counter(
            "shipway_metadata_requests", "Calls that ended, by how.", ["method", "code"], registry=registry
        )
        seconds = Histogram(
            "shipway_metadata_request_seconds",
            "From a call's arrival to its end.",
            ["method"],
            buckets=SECONDS,
            registry=registry,
        )
        Gauge("shipway_metadata_in_flight", "Calls under way.", registry=registry).set_function(in_flight)
        self._up = Gauge("shipway_metadata_store_up", "1 while the database answers.", registry=registry)
        self._requests: Callable[[str, str], Any] = lru_cache(maxsize=None)(requests.labels)
        self._seconds: Callable[[str], Any] = lru_cache(maxsize=None)(seconds.labels)

    def ended(self, method: str, code: str, seconds: float) -> None:
        """A call ended. Both names are of bounded sets."""
        self._requests(method, code).inc()
        self._seconds(method).observe(seconds)

    def store_is(self, up: bool) -> None:
        self._up.set(1 if up else 0)
