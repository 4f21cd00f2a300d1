"""A plane over several versions of a model, and control of its traffic."""

import asyncio
from collections import Counter

import pytest

from shipway.serving.batching.rules import BatchingRules
from shipway.serving.config.traffic import parse_traffic
from shipway.serving.plane import DataPlane
from shipway.serving.servable import Catalog, Servable, ServedModel
from shipway.serving.traffic import TrafficControl


class Divided:
    """Made and used in a running loop.

    Args:
        models: the model of each version.
    """

    def __init__(self, models, observers=()) -> None:
        self.catalog = Catalog()
        self.plane = DataPlane(self.catalog, observers)
        self.comparisons = []
        self.control = TrafficControl(self.catalog, self.comparisons.append)
        self.served = self.catalog.models["m"] = ServedModel("m")
        for version, model in models.items():
            self.publish(version, model)

    def publish(self, version, model, rules=None) -> Servable:
        loop = asyncio.get_running_loop()
        servable = Servable("m", version, model, rules or BatchingRules(), loop, self.plane.ran)
        self.served.publish(servable)
        return servable

    def divide(self, **traffic) -> None:
        self.control.apply(parse_traffic({"models": {"m": traffic}}))

    def choose(self, headers=None) -> tuple[int, str]:
        """The version and the arm of a request with these headers."""
        call = self.plane.open("m", None, None, transport="test", header=(headers or {}).get)
        return call.servable.version, call.arm

    async def ask(self, x=1.0, name="n", *, headers=None, signature="", feed=None, tracking_id=""):
        """Version, arm and outputs of a request."""
        header = (headers or {}).get
        with self.plane.open("m", None, None, transport="test", header=header, tracking_id=tracking_id) as call:
            found = call.servable.signature(signature)
            answer = await self.plane.infer(call, found, feed or {"name": [name], "x": [x]}, 1)
            return call.servable.version, call.arm, answer.arrays()

    def counts(self) -> Counter:
        """Fallbacks and copies, by what the metrics call them without the model."""
        found = Counter()
        for reading in self.control.readings():
            name = reading.name.removeprefix("shipway_serving_")
            found[name, *list(reading.labels.values())[1:]] = reading.value
        return found

    async def until(self, holds) -> None:
        """Wait until `holds`, for five seconds at most."""
        for _ in range(500):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not come about within five seconds")


@pytest.fixture(scope="session")
def divided() -> type[Divided]:
    return Divided
