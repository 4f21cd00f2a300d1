"""The traffic configuration in force, which may change while requests come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shipway.serving.config.traffic import ModelTraffic, TrafficConfig
from shipway.serving.observing.reading import Reading
from shipway.serving.servable import Catalog
from shipway.serving.traffic.comparer import Comparer
from shipway.serving.traffic.comparison import ShadowComparison, Tolerance
from shipway.serving.traffic.counts import TrafficCounts
from shipway.serving.traffic.division import Division
from shipway.serving.traffic.mirror import Mirror


class TrafficControl:
    """Divides the traffic of models as a configuration says; all methods are called in the event loop.

    It is a listener of the lifecycle too (`LifecycleEvents`), so that a model that is configured again later gets its
    traffic back, and a `Source` of readings for the metrics.

    Args:
        record: gets what the comparison of a shadow's answers has shown.
        tolerance: how near numbers must be to be the same.
    """

    def __init__(
        self, catalog: Catalog, record: Callable[[ShadowComparison], None], tolerance: Tolerance | None = None
    ) -> None:
        self._catalog = catalog
        self._config = TrafficConfig()
        self._counts = TrafficCounts()
        self._comparer = Comparer(record, tolerance or Tolerance())
        self._divisions: dict[str, Division] = {}

    def apply(self, config: TrafficConfig) -> None:
        """Divide traffic so from the next request on; models that are not named go back to their latest version.

        Raises:
            UnknownModel: a model is named that is not served; nothing has changed then.
        """
        for name in config.models:
            self._catalog.model(name)
        self._divisions = {name: self._division(name, traffic) for name, traffic in config.models.items()}
        self._config = config
        for name, model in self._catalog.models.items():
            model.routing = self._divisions.get(name)

    def current(self) -> TrafficConfig:
        """The configuration in force."""
        return self._config

    def readings(self) -> Iterator[Reading]:
        return self._counts.readings()

    def loading(self, model: str, version: int) -> None:
        """A model may be there that was not when the configuration was applied."""
        served = self._catalog.models.get(model)
        if served is not None:
            served.routing = self._divisions.get(model)

    def loaded(self, model: str, version: int, seconds: float) -> None:
        self.loading(model, version)

    def failed(self, model: str, version: int, reason: str) -> None:
        """Nothing: the other arms answer."""

    def unloaded(self, model: str, version: int) -> None:
        """Nothing: the other arms answer."""

    def _division(self, name: str, traffic: ModelTraffic) -> Division:
        """The division of a model; one that stays as it is goes on with the copies it has under way."""
        known = self._divisions.get(name)
        if known is not None and known.traffic == traffic:
            return known
        mirror = None if traffic.shadow is None else Mirror(name, traffic.shadow, self._comparer, self._counts)
        return Division(name, traffic, mirror, self._counts)
