"""A framework whose models are a number in a file, and a lifecycle of them with requests on top."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.config.model_config import ModelConfig
from shipway.serving.lifecycle import Lifecycle, LifecycleSettings
from shipway.serving.plane import DataPlane
from shipway.serving.servable import Catalog, Servable, VersionState

SECONDS = 5.0
SIGNATURE = Signature(
    "serving_default",
    {"x": TensorSpec("x", "float32", (None,))},
    {"y": TensorSpec("y", "float32", (None,))},
    "tensorflow/serving/predict",
)


class FactorModel:
    """Multiplies `x`; it takes `seconds` for a batch and may not be called once it is closed."""

    platform = "factor"

    def __init__(self, factor: float, seconds: float) -> None:
        self.factor = factor
        self.seconds = seconds
        self.sizes: list[int] = []
        self.is_closed = False
        self.signatures = {"serving_default": SIGNATURE}

    def call(self, signature, feed):
        assert not self.is_closed
        time.sleep(self.seconds)
        self.sizes.append(len(feed["x"]))
        assert not self.is_closed
        return {"y": feed["x"] * np.float32(self.factor)}

    def close(self) -> None:
        assert not self.is_closed
        self.is_closed = True


class FactorRuntime:
    """Loads `factor.txt`: a number, or anything else to fail."""

    platform = "factor"

    def __init__(self) -> None:
        self.seconds = 0.0
        self.models: list[FactorModel] = []
        self.tries: list[int] = []
        self.threads: set[str] = set()
        self.gates: dict[int, threading.Event] = {}

    def prepare(self) -> None: ...

    def recognises(self, folder: Path) -> bool:
        return (folder / "factor.txt").is_file()

    def load(self, folder: Path) -> FactorModel:
        self.tries.append(int(folder.name))
        self.threads.add(threading.current_thread().name)
        gate = self.gates.get(int(folder.name))
        assert gate is None or gate.wait(SECONDS)
        self.models.append(FactorModel(float((folder / "factor.txt").read_text()), self.seconds))
        return self.models[-1]


class Recorder:
    """The events of a lifecycle, as they came."""

    def __init__(self) -> None:
        self.events: list[tuple] = []
        self.reasons: list[str] = []

    def loading(self, model, version):
        self.events.append(("loading", model, version))

    def loaded(self, model, version, seconds):
        assert seconds >= 0
        self.events.append(("loaded", model, version))

    def failed(self, model, version, reason):
        self.events.append(("failed", model, version))
        self.reasons.append(reason)

    def unloaded(self, model, version):
        self.events.append(("unloaded", model, version))


class Workplace:
    """Folders of versions, the lifecycle that serves them, and callers. To be entered in a running loop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runtime = FactorRuntime()
        self.recorder = Recorder()
        self.catalog = Catalog()
        self.plane = DataPlane(self.catalog)
        self.make_servable = self._servable

    def lifecycle(self, **settings) -> Lifecycle:
        settings = {"poll_seconds": 0.005, "retry_seconds": 0.01, "load_retries": 0, **settings}
        self.running = Lifecycle(
            self.catalog,
            [self.runtime],
            LifecycleSettings(**settings),
            lambda *given: self.make_servable(*given),
            self.recorder,
        )
        return self.running

    async def start(self, *models: ModelConfig, **settings) -> Lifecycle:
        lifecycle = self.lifecycle(**settings)
        await lifecycle.start(models or [self.model()])
        return lifecycle

    async def serve(self, *models: ModelConfig, **settings) -> Lifecycle:
        lifecycle = await self.start(*models, **settings)
        assert await lifecycle.wait_until_ready(SECONDS), lifecycle.problems
        return lifecycle

    def model(self, name: str = "m", base: str = "", **config) -> ModelConfig:
        return ModelConfig(name, self.folder / (base or name), **config)

    def put(self, version: int, factor: object = None, base: str = "m") -> Path:
        """A version that appears at once, as a pushed one does; it multiplies by its number unless told otherwise."""
        partial, final = self.folder / f"partial-{base}-{version}", self.folder / base / str(version)
        partial.mkdir(parents=True)
        (partial / "factor.txt").write_text(str(version if factor is None else factor))
        final.parent.mkdir(exist_ok=True)
        partial.rename(final)
        return final

    async def ask(
        self, x: float = 1.0, model: str = "m", version: int | None = None, label: str | None = None
    ) -> float:
        with self.plane.open(model, version, label, transport="test", header=lambda name: None) as call:
            answer = await self.plane.infer(call, call.servable.signature(), {"x": [x]}, 1)
            return float(answer.arrays()["y"][0])

    def states(self, model: str = "m") -> dict[int, str]:
        return {version: status.state.name for version, status in self.catalog.models[model].statuses.items()}

    async def until(self, holds) -> None:
        """Wait for something that takes some turns of the loop and of threads."""
        give_up = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < give_up, (self.recorder.events, self.recorder.reasons)
            await asyncio.sleep(0.002)

    async def until_available(self, *versions: int, model: str = "m") -> None:
        await self.until(lambda: set(self.catalog.models[model].servables) == set(versions))

    async def until_ended(self, *versions: int, model: str = "m") -> None:
        statuses = self.catalog.models[model].statuses
        await self.until(lambda: all(version in statuses and statuses[version].state is VersionState.END
                                     for version in versions))  # fmt: skip

    def _servable(self, name: str, version: int, model: FactorModel, folder: Path) -> Servable:
        return Servable(name, version, model, BatchingRules(), asyncio.get_running_loop(), self.plane.ran)


@pytest.fixture
def workplace(tmp_path) -> Workplace:
    return Workplace(tmp_path)


@pytest.fixture
def run(workplace):
    """Runs a scenario, and stops the lifecycle that it left."""

    def run_scenario(scenario):
        async def whole():
            try:
                await scenario()
            finally:
                await workplace.running.stop()

        asyncio.run(whole())

    return run_scenario
