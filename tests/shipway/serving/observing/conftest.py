"""A plane over one version of the arithmetic model, with the observers that a test looks at."""

import asyncio

import pytest

from shipway.serving.batching.rules import BatchingRules
from shipway.serving.plane import DataPlane
from shipway.serving.servable import Catalog, Servable, ServedModel, VersionState, VersionStatus


class Serving:
    """Made and used in a running loop."""

    def __init__(self, model, observers, catalog=None, rules=None) -> None:
        self.catalog = catalog or Catalog()
        self.plane = DataPlane(self.catalog, observers)
        self.served = self.catalog.models["m"] = ServedModel("m")
        loop = asyncio.get_running_loop()
        self.servable = Servable("m", 7, model, rules or BatchingRules(), loop, self.plane.ran)
        self.served.publish(self.servable)
        self.served.statuses[7] = VersionStatus(7, VersionState.AVAILABLE)

    async def ask(self, feed, rows=1, signature="", *, tracking_id="", headers=None, is_solo=False, arm=""):
        """The outputs of one request."""
        header = (headers or {}).get
        with self.plane.open("m", None, None, transport="rest", header=header, tracking_id=tracking_id) as call:
            call.arm = arm
            found = self.servable.signature(signature)
            return (await self.plane.infer(call, found, feed, rows, is_solo=is_solo)).arrays()

    async def double(self, x, name="n", **options):
        return await self.ask({"name": [name], "x": [x]}, **options)


@pytest.fixture(scope="session")
def serving() -> type[Serving]:
    return Serving
