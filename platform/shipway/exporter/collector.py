"""Between the exporter's metrics and prometheus_client."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from shipway.exporter.exporter import Exporter

__all__ = ["CONTENT_TYPE_LATEST", "PageCollector", "rendered"]


class PageCollector(Collector):
    """Gives what the last refresh made."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter

    def describe(self) -> list[Metric]:
        """Nothing: names are those of the catalogue."""
        return []

    def collect(self) -> Iterable[Metric]:
        return self._exporter.families


class _Ready(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        return self._families


def rendered(families: list[Metric]) -> bytes:
    """Metric families in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Ready(families))
    return generate_latest(registry)
