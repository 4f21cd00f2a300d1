"""Servers of these tests: a model server over a model without TensorFlow, and a metadata service that may fail.

The model server has its real core, lifecycle and REST; both are on ports of their own.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.config.model_config import ModelConfig
from shipway.serving.config.options import ANY_FREE_PORT, ServerOptions

MODEL_FILE = "delays.txt"


class DelayModel:
    """Says of flights how late they will be: a minute for every 100 miles, none where the distance is missing.

    `predict_features` takes them by columns and echoes the carrier; `one_number` takes bare distances; `lines` takes
    any number of integers and adds them up, row by row; `total` loses the rows. Negative distances make it fail.
    """

    platform = "delays"

    def __init__(self) -> None:
        rows: tuple[int | None, ...] = (None,)
        distance = TensorSpec("distance", "float32", rows)
        delay = TensorSpec("delay", "float32", rows)
        by_name = {"carrier": TensorSpec("carrier", "string", rows), "distance": distance}
        echo = TensorSpec("echo", "string", rows)
        values = {"values": TensorSpec("values", "int64", (None, None))}
        one = {"distance": distance}
        self.signatures = {
            "predict_features": Signature("predict_features", by_name, {"delay": delay, "echo": echo}),
            "serving_default": Signature("serving_default", one, {"delay": delay}),
            "lines": Signature("lines", values, {"sum": TensorSpec("sum", "int64", rows)}),
            "total": Signature("total", one, {"total": TensorSpec("total", "float32", None)}),
        }

    def call(self, signature: Signature, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        if signature.name == "lines":
            return {"sum": feed["values"].sum(axis=1)}
        if (feed["distance"] < 0).any():
            raise ArithmeticError("a flight goes forward")
        delay = np.nan_to_num(feed["distance"] / np.float32(100), posinf=np.inf, neginf=-np.inf)
        if signature.name == "total":
            return {"total": delay.sum()}
        if signature.name == "serving_default":
            return {"delay": delay}
        carriers = [text.encode() if isinstance(text, str) else text for text in feed["carrier"]]
        return {"delay": delay, "echo": np.array(carriers, object)}

    def close(self) -> None: ...


class DelayRuntime:
    """Recognises a folder by `MODEL_FILE`; the model fails to load where that says "broken"."""

    platform = "delays"

    def prepare(self) -> None: ...

    def recognises(self, folder: Path) -> bool:
        return (folder / MODEL_FILE).is_file()

    def load(self, folder: Path) -> DelayModel:
        if "broken" in (folder / MODEL_FILE).read_text():
            raise ValueError("it is broken")
        return DelayModel()


@pytest.fixture(scope="session")
def delay_runtime() -> DelayRuntime:
    """The framework of models that say how late flights will be."""
    return DelayRuntime()


@pytest.fixture(scope="session")
def delay_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the versions 3 and 4 of a model."""
    folder = tmp_path_factory.mktemp("models") / "delays"
    for version in ("3", "4"):
        (folder / version).mkdir(parents=True)
        (folder / version / MODEL_FILE).touch()
    return folder


@contextmanager
def serving(models: Path, token_file: Path | None = None, **plane_options: float) -> Iterator[str]:
    """The address of a server of the latest version of `delays`, which also has the label `stable`."""
    started: Future[str] = Future()
    stopping = threading.Event()

    async def serve() -> None:
        from shipway.serving.addresses import bind
        from shipway.serving.lifecycle import Lifecycle, LifecycleSettings, NoEvents
        from shipway.serving.plane import DataPlane
        from shipway.serving.rest.app import RestApp
        from shipway.serving.rest.listener import RestListener
        from shipway.serving.security import Authoriser
        from shipway.serving.servable import Catalog
        from shipway.serving.servable_factory import ServableFactory

        options = ServerOptions(file_system_poll_wait_seconds=0, max_num_load_retries=0)
        catalog = Catalog()
        plane = DataPlane(catalog, **plane_options)
        factory = ServableFactory(options, plane.ran)
        lifecycle = Lifecycle(catalog, [DelayRuntime()], LifecycleSettings.of(options, ()), factory, NoEvents())
        app = RestApp(
            plane,
            lifecycle,
            Authoriser(token_file),
            max_request_bytes=1 << 24,
            exposition=lambda: (b"text/plain", b""),
            metrics_paths=[],
            cors=False,
            traffic=None,
        )
        socket = bind("127.0.0.1", ANY_FREE_PORT, "rest_api_port")
        listener = RestListener(app, socket, None, 1.0)
        await lifecycle.start([ModelConfig("delays", models)])
        await lifecycle.wait_until_ready(10)
        lifecycle.set_label("delays", "stable", 4)
        await listener.start()
        started.set_result(f"http://127.0.0.1:{socket.getsockname()[1]}")
        await asyncio.to_thread(stopping.wait)
        await listener.stop()
        await lifecycle.stop()

    with in_a_thread(serve, started, stopping):
        yield started.result(20)


@contextmanager
def in_a_thread(
    serve: Callable[[], Awaitable[None]], started: Future[str], stopping: threading.Event
) -> Iterator[None]:
    """Run `serve` beside the block and end it by `stopping`; what breaks it at its start is told by `started`."""

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@pytest.fixture(scope="session")
def beside_the_test():
    """Runs a server in a thread as `in_a_thread` says."""
    return in_a_thread


@pytest.fixture(scope="session")
def serving_delays():
    """Serves models as `serving` says, for as long as its block lasts."""
    return serving


@pytest.fixture(scope="session")
def delay_server(delay_models: Path) -> Iterator[str]:
    """The address of a server of `delays`."""
    with serving(delay_models) as url:
        yield url


@pytest.fixture(scope="session")
def service_module() -> Any:
    """The module with the metadata service that fails when it is told to."""
    folder = str(Path(__file__).resolve().parent / "service")
    sys.path.insert(0, folder)
    import faulty_service

    sys.path.remove(folder)
    return faulty_service


@pytest.fixture
def serve_metadata(service_module: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start a metadata service: `serve_metadata(token="x")`, over `service.db` unless a `store` is named."""
    started: list[Any] = []

    def serve(store: Path | None = None, **options: Any) -> Any:
        started.append(service_module.FaultyService(store or tmp_path / "service.db", **options).start())
        return started[-1]

    yield serve
    for one in started:
        one.close()


@pytest.fixture
def service(serve_metadata: Callable[..., Any]) -> Any:
    """A metadata service with the lock and the memory of Shipway's own."""
    return serve_metadata()
