"""A real gRPC server over small models, in an event loop of its own thread, and real clients before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.config.options import ServerOptions
from shipway.serving.faults import Conflicting
from shipway.serving.plane import DataPlane
from shipway.serving.security import Authoriser
from shipway.serving.servable import Catalog, Servable, ServedModel, VersionState, VersionStatus

DTYPES = ["float32", "float64", "float16", "bfloat16", "complex64", "complex128", "bool", "string"]
DTYPES += [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
SECONDS = 20.0


class EchoModel:
    """A signature for each dtype that gives back its input `x` as `y`; and some of its own kind.

    `pair` takes two vectors; `examples` classifies and regresses by the length of examples; `slow` waits for `gate`.
    """

    platform = "echo"

    def __init__(self) -> None:
        strings, floats = TensorSpec("inputs", "string", (None,)), TensorSpec("outputs", "float32", (None,))
        scores, classes = TensorSpec("scores", "float32", (None, 2)), TensorSpec("classes", "string", (None, 2))
        a, b = TensorSpec("a", "float32", (None,)), TensorSpec("b", "string", (None,))
        ranks = {"": None, "_vector": (None,), "_matrix": (None, 2), "_scalar": ()}
        made = [
            Signature(f"{dtype}{rank}", {"x": TensorSpec("x", dtype, shape)}, {"y": TensorSpec("y", dtype, shape)})
            for dtype in DTYPES
            for rank, shape in ranks.items()
        ]
        made += [
            Signature("serving_default", {"a": a, "b": b}, {"a": a, "b": b}),
            Signature("classify", {"inputs": strings}, {"classes": classes, "scores": scores}),
            Signature("regress", {"inputs": strings}, {"outputs": floats}),
            Signature("quantized", {"x": TensorSpec("x", "qint8", (None,))}, {"y": a}),
            Signature("slow", {"x": TensorSpec("x", "float32", (None,))}, {"y": a}),
        ]
        self.signatures: Mapping[str, Signature] = {signature.name: signature for signature in made}
        self.sizes: list[int] = []
        self.calls: list[str] = []
        self.gate = threading.Event()

    def call(self, signature: Signature, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.calls.append(signature.name)
        if signature.name == "serving_default":
            self.sizes.append(len(feed["a"]))
            if np.isneginf(feed["a"]).any():
                raise ArithmeticError("negative infinity")
            return dict(feed)
        if signature.name == "slow":
            assert self.gate.wait(SECONDS)
        if "x" in feed:
            return {"y": feed["x"]}
        lengths = np.array([len(text) for text in feed["inputs"]], np.float32)
        if signature.name == "regress":
            return {"outputs": lengths}
        classes = np.array([[b"short", b"long"]] * len(lengths), object)
        return {"classes": classes, "scores": np.stack([lengths * 0, lengths + np.float32(0.5)], axis=1)}

    def close(self) -> None: ...


class HandMadeLifecycle:
    """What gRPC asks of a lifecycle, for a catalog that was filled by hand."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.is_ready = True
        self.done: list[str] = []

    async def reconfigure(self, models: Sequence[Any]) -> None:
        if any(model.labels for model in models):
            raise Conflicting("Request to assign label to version 7 of model m, which is not currently available.")
        self.done += [f"={model.name}" for model in models]

    async def load(self, name: str) -> None:
        self.done.append(f"+{self._catalog.model(name).name}")

    async def unload(self, name: str) -> None:
        self.done.append(f"-{self._catalog.model(name).name}")

    def index(self) -> list[tuple[str, str, str, str]]:
        return [("m", "1", "READY", ""), ("m", "2", "READY", ""), ("later", "", "UNAVAILABLE", "no folder")]


class Running:
    """A server in its thread: `port`, and what it serves.

    The model `m` has the versions 1 and 2 and the label `stable` for 1; `later` is configured and has none.
    """

    def __init__(self, options: ServerOptions | None = None, **start: Any) -> None:
        self.model = EchoModel()
        self.catalog = Catalog()
        self.plane = DataPlane(self.catalog)
        self.lifecycle = HandMadeLifecycle(self.catalog)
        self._options = options or ServerOptions()
        self._start = {"address": "127.0.0.1:0", "credentials": None} | start
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(SECONDS)
        if self._failure is not None:
            raise self._failure

    @property
    def address(self) -> str:
        return f"localhost:{self.port}"

    def in_loop(self, what: Callable[[], Any]) -> Any:
        """The result of a function that the event loop calls; of a coroutine, when that is done."""

        async def call() -> Any:
            result = what()
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(SECONDS)

    def stop(self, grace_seconds: float = 0.0) -> None:
        if self._thread.is_alive():
            self.in_loop(lambda: self.server.stop(grace_seconds))
            self.loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(SECONDS)

    def _run(self) -> None:
        import uvloop

        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve())
        except Exception as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        from shipway.serving.grpc.server import GrpcServer

        self.loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self._fill()
        self.server = GrpcServer(self.plane, self.lifecycle, Authoriser(self._options.token_file), self._options)
        self.port = await self.server.start(**self._start)
        self._ready.set()
        await self._stopped.wait()

    def _fill(self) -> None:
        served = self.catalog.models["m"] = ServedModel("m")
        self.catalog.models["later"] = ServedModel("later")
        for version in (1, 2):
            served.publish(Servable("m", version, self.model, BatchingRules(), self.loop, self.plane.ran))
            served.statuses[version] = VersionStatus(version, VersionState.AVAILABLE)
        served.labels["stable"] = 1


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    server = Running()
    yield server
    server.stop()


@pytest.fixture
def start_server() -> Iterator[Callable[..., Running]]:
    """Starts servers of other options, and stops them."""
    started: list[Running] = []

    def start(options: ServerOptions | None = None, **keywords: Any) -> Running:
        started.append(Running(options, **keywords))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def channel(running: Running) -> Iterator[Any]:
    import grpc

    with grpc.insecure_channel(running.address) as opened:
        yield opened


@pytest.fixture(scope="session")
def prediction(channel: Any) -> Any:
    from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

    return PredictionServiceStub(channel)


@pytest.fixture
def refused() -> Callable[..., tuple[str, str]]:
    """The name of the code and the sentence with which a call is refused."""

    def call(method: Callable[..., Any], request: Any, **keywords: Any) -> tuple[str, str]:
        import grpc

        with pytest.raises(grpc.RpcError) as caught:
            method(request, timeout=SECONDS, **keywords)
        return caught.value.code().name, caught.value.details()

    return call
