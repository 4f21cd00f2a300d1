"""Counts what the core does, at about half a microsecond a request.

Counts are plain integers in objects that one look-up finds; what Prometheus wants to see is made of them when it asks.
All methods are called in the event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shipway.serving.batching.batch import Batch
from shipway.serving.call import Call
from shipway.serving.faults import Code
from shipway.serving.observing.metrics.batches import BatchCounts
from shipway.serving.observing.metrics.calls import CallCounts, CallKey
from shipway.serving.observing.metrics.versions import LoadCounts
from shipway.serving.observing.reading import Source
from shipway.serving.servable import Catalog, Servable

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from shipway.serving.traffic.comparison import ShadowComparison

UNKNOWN_MODEL = ""
"""The name under which requests for models that are not served are counted: callers choose those names."""


class Metrics:
    """An `Observer` of the plane and the `LifecycleEvents` of the lifecycle, shown through `registry`.

    Args:
        registry: gets the server's metrics and those of the process and its garbage collection; it must have none.
        catalog: what is served; its queues and states are read when the metrics are.

    Attributes:
        calls, batches, loads, refusals: what was counted, by what it was counted by.
    """

    def __init__(self, registry: CollectorRegistry, catalog: Catalog) -> None:
        from prometheus_client import GCCollector, ProcessCollector

        from shipway.serving.observing.metrics.collector import ServingCollector
        from shipway.serving.observing.metrics.shadows import ShadowCounts

        self.catalog = catalog
        self.calls: dict[tuple[str, int, str, str, str], CallCounts] = {}
        self.batches: dict[tuple[str, int, str], BatchCounts] = {}
        self.loads: dict[str, LoadCounts] = {}
        self.refusals: dict[tuple[str, str, Code], int] = {}
        self.sources: list[Source] = []
        self._shadows = ShadowCounts()
        self._registry = registry
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(ServingCollector(self))
        self.watch(self._shadows)

    def opened(self, call: Call) -> None:
        """Nothing: how many are in flight, servables know."""

    def closed(self, call: Call, code: Code) -> None:
        servable = call.servable
        key = (servable.name, servable.version, call.arm, call.signature_name, call.transport)
        counts = self.calls.get(key)
        if counts is None:
            counts = self.calls[CallKey(*key)] = CallCounts()
        counts.codes[code] += 1
        if not code and call.finished:
            counts.times.note(call)

    def refused(self, transport: str, model: str, code: Code) -> None:
        key = (model if model in self.catalog.models else UNKNOWN_MODEL, transport, code)
        self.refusals[key] = self.refusals.get(key, 0) + 1

    def ran(self, servable: Servable, batch: Batch) -> None:
        key = (servable.name, servable.version, batch.calls[0].signature_name)
        counts = self.batches.get(key)
        if counts is None:
            counts = self.batches[key] = BatchCounts()
        counts.note(batch)

    def loading(self, model: str, version: int) -> None:
        """A version has begun to load."""
        self._loads_of(model).note_back(version)

    def loaded(self, model: str, version: int, seconds: float) -> None:
        """A version is loaded and warm, after so many seconds."""
        self._loads_of(model).seconds.add(seconds)

    def failed(self, model: str, version: int, reason: str) -> None:
        """A try to load a version has failed."""
        self._loads_of(model).failed += 1

    def unloaded(self, model: str, version: int) -> None:
        """A version is gone."""
        forgotten = self._loads_of(model).note_unloaded(version)
        if forgotten is not None:
            self.calls = {key: counts for key, counts in self.calls.items() if key[:2] != (model, forgotten)}
            self.batches = {key: counts for key, counts in self.batches.items() if key[:2] != (model, forgotten)}
            self._shadows.forget(model, forgotten)

    def shadow_compared(self, comparison: ShadowComparison) -> None:
        """Answers of a shadow were compared with those that callers got."""
        self._shadows.add(comparison)

    def watch(self, source: Source) -> None:
        """Show the numbers of `source` too."""
        self.sources.append(source)

    def exposition(self) -> tuple[bytes, bytes]:
        """The content type and the body for Prometheus: its text format."""
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        from shipway.serving.observing.metrics.tensorflow_names import request_counts

        return CONTENT_TYPE_LATEST.encode(), generate_latest(self._registry) + request_counts(self)

    def _loads_of(self, model: str) -> LoadCounts:
        counts = self.loads.get(model)
        if counts is None:
            counts = self.loads[model] = LoadCounts()
        return counts
