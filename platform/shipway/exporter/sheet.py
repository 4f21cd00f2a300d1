"""The page in the making: samples come in, metric families come out, in the catalogue's order and within bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shipway.exporter.bounds import Bounds, shortened
from shipway.exporter.catalogue import COUNTER, GAUGE, METRICS, Described

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from shipway.endpoint.buckets import Buckets


class Sheet:
    """The metrics of one refresh; `left_out` counts the series that are kept off it."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._described = {one.name: one for one in METRICS}
        self._families: dict[str, Any] = {one.name: _family(one) for one in METRICS}
        self.left_out = 0

    def add(self, name: str, labels: tuple[str, ...], value: float) -> None:
        """A sample; one that is not finite says nothing and is passed over."""
        if math.isfinite(value) and (shown := self._shown(name, labels)) is not None:
            self._families[name].add_metric(shown, value)

    def histogram(self, name: str, labels: tuple[str, ...], buckets: Buckets) -> None:
        if (shown := self._shown(name, labels)) is not None:
            self._families[name].add_metric(shown, buckets.cumulated(), buckets.total)

    def families(self) -> list[Metric]:
        """Everything that was added."""
        return [family for family in self._families.values() if family.samples]

    def _shown(self, name: str, labels: tuple[str, ...]) -> list[str] | None:
        values = [shortened(text) for text in labels]
        if self._bounds.admit(dict(zip(self._described[name].labels, values, strict=True))):
            return values
        self.left_out += 1
        return None


def _family(described: Described) -> Metric:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    kind = {GAUGE: GaugeMetricFamily, COUNTER: CounterMetricFamily}.get(described.kind, HistogramMetricFamily)
    return kind(described.name.removesuffix("_total"), described.says, labels=described.labels)
