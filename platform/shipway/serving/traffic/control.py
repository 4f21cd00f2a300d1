"""The traffic configuration in force, which may change while requests come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator

from shipway.serving.config.traffic import ModelTraffic, TrafficConfig
from shipway.serving.faults import ModelNotFound
from shipway.serving.observing.reading import Reading
from shipway.serving.servable import Catalog, ServedModel
from shipway.serving.traffic.comparer import Comparer
from shipway.serving.traffic.comparison import ShadowComparison, Tolerance
from shipway.serving.traffic.counts import TrafficCounts
from shipway.serving.traffic.division import Division
from shipway.serving.traffic.mirror import Mirror
from shipway.serving.traffic.targets import find_target

log = logging.getLogger(__name__)


class UnknownModelInTraffic(ModelNotFound):
    """Traffic for a model that is not served."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"The traffic configuration names the model {name!r}, which is not served here: the models are "
            f"{', '.join(sorted(known)) or 'none'}."
        )


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
            UnknownModelInTraffic: a model is named that is not served; nothing has changed then.
        """
        models = self._catalog.models
        for name in config.models:
            if name not in models:
                raise UnknownModelInTraffic(name, models)
        self._divisions = {name: self._division(name, traffic) for name, traffic in config.models.items()}
        self._config = config
        for name, model in models.items():
            model.routing = self._divisions.get(name)
            if model.latest is not None and name in config.models:
                _tell_unavailable(model, config.models[name])

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


def _tell_unavailable(model: ServedModel, traffic: ModelTraffic) -> None:
    """Say which arms have nobody to answer them: it may be meant so, or a wrong number."""
    for arm in traffic.arms:
        if arm.weight and find_target(model, arm.version, arm.label) is None:
            target = f"version {arm.version}" if arm.label is None else f"the label {arm.label!r}"
            log.warning(
                "The arm %r of %s waits for %s, which is not available: other arms answer its requests.",
                arm.name,
                model.name,
                target,
            )
