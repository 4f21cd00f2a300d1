"""The REST application over small models, called in process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import orjson
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.config.traffic import TrafficConfig
from shipway.serving.plane import DataPlane
from shipway.serving.rest.app import RestApp
from shipway.serving.rest.listener import RestListener
from shipway.serving.security import Authoriser
from shipway.serving.servable import Catalog, Servable, ServedModel, VersionState, VersionStatus

METRICS = "/monitoring/prometheus/metrics"


@dataclass
class Response:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self):
        return orjson.loads(self.body)

    @property
    def error(self) -> str:
        assert self.json.keys() == {"error"}
        return self.json["error"]


class TextModel:
    """Signatures on strings: `classes` and `scores` of what looks like a tf.Example, its length, and echoes."""

    platform = "text"

    def __init__(self) -> None:
        strings, text = TensorSpec("inputs", "string", (None,)), TensorSpec("s", "string", (None,))
        matrix = TensorSpec("scores", "float32", (None, 2))
        classes, outputs = TensorSpec("classes", "string", (None, 2)), TensorSpec("outputs", "float32", (None,))
        self.signatures = {
            "serving_default": Signature("serving_default", {"s": text}, {"s": text}),
            "classify": Signature("classify", {"inputs": strings}, {"classes": classes, "scores": matrix}),
            "regress": Signature("regress", {"inputs": strings}, {"outputs": outputs}),
        }

    def call(self, signature: Signature, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        if signature.name == "serving_default":
            return {"s": np.array([t if isinstance(t, bytes) else t.encode() for t in feed["s"]], object)}
        lengths = np.array([len(text) for text in feed["inputs"]], np.float32)
        if signature.name == "regress":
            return {"outputs": lengths}
        classes = np.array([[b"short", b"long"]] * len(lengths), object)
        return {"classes": classes, "scores": np.stack([lengths * 0, lengths + np.float32(0.1)], axis=1)}

    def close(self) -> None: ...


class Lifecycle:
    """What REST asks of a lifecycle, on a catalog whose models were put there by hand."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.is_ready = True
        self.loaded: list[str] = []

    async def load(self, name: str) -> None:
        self.loaded.append(f"+{self._catalog.model(name).name}")

    async def unload(self, name: str) -> None:
        self.loaded.append(f"-{self._catalog.model(name).name}")

    def set_label(self, model: str, label: str, version: int | None) -> None:
        served = self._catalog.model(model)
        if version is None:
            del served.labels[label]
        else:
            served.labels[label] = served.find(version).version

    def index(self):
        return [
            (
                model.name,
                str(status.version),
                "READY" if status.version in model.servables else "UNAVAILABLE",
                status.message,
            )
            for model in self._catalog.models.values()
            for status in model.statuses.values()
        ]


class Rest:
    """A server without sockets; made in the event loop that it runs in."""

    def __init__(self, token_file=None, *, limit=1 << 20, cors=False, traffic=None, **plane_options) -> None:
        self.catalog = Catalog()
        self.plane = DataPlane(self.catalog, **plane_options)
        self.lifecycle = Lifecycle(self.catalog)
        self.app = RestApp(
            self.plane,
            self.lifecycle,
            Authoriser(token_file),
            max_request_bytes=limit,
            exposition=lambda: (b"text/plain; version=0.0.4", b"up 1\n"),
            metrics_paths=[METRICS, "/metrics"],
            cors=cors,
            traffic=traffic,
        )

    def serve(self, name, version, model, rules=None) -> Servable:
        served = self.catalog.models.setdefault(name, ServedModel(name))
        loop = asyncio.get_running_loop()
        servable = Servable(name, version, model, rules or BatchingRules(), loop, self.plane.ran)
        served.publish(servable)
        served.statuses[version] = VersionStatus(version, VersionState.AVAILABLE)
        return servable

    async def ask(self, method, path, body=b"", headers=(), receive=None) -> Response:
        """One request; `body` may be an object, bytes, or a list of the parts in which it comes."""
        parts = body if isinstance(body, list) else [body if isinstance(body, bytes) else orjson.dumps(body)]
        messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        messages[-1]["more_body"] = False
        response = Response()

        async def from_parts():
            if not messages:
                await asyncio.Event().wait()
            return messages.pop(0)

        async def send(message):
            if message["type"] == "http.response.start":
                response.status = message["status"]
                response.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                response.body += message["body"]

        raw_path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": raw_path,
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in dict(headers).items()],
        }
        await self.app(scope, receive or from_parts, send)
        return response


class Traffic:
    """What REST asks of traffic control; nothing is divided."""

    def __init__(self) -> None:
        self.config = TrafficConfig()

    def current(self):
        return self.config

    def apply(self, config):
        self.config = config


class LiveServer:
    """A server on a port of its own, in a thread of its own."""

    def __init__(self, make_rest) -> None:
        self._make_rest = make_rest
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> LiveServer:
        self._thread.start()
        self.listener = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    async def _start(self) -> RestListener:
        listener = RestListener(self._make_rest().app, self._socket, None, 1)
        await listener.start()
        return listener

    def __exit__(self, *_) -> None:
        asyncio.run_coroutine_threadsafe(self.listener.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def rest_server() -> type[Rest]:
    return Rest


@pytest.fixture
def ask(arithmetic_model):
    """One request to a server with the versions 1 and 2 of `m`, the label `stable` for 1, and the model `text`."""

    def asking(method, path, body=b"", headers=(), **options) -> Response:
        async def scenario() -> Response:
            rest = Rest(**options)
            for version in (1, 2):
                rest.serve("m", version, arithmetic_model())
            rest.serve("text", 7, TextModel())
            rest.catalog.models["m"].labels["stable"] = 1
            return await rest.ask(method, path, body, headers)

        return asyncio.run(scenario())

    return asking


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture(scope="session")
def live_server(arithmetic_model):
    """A server with sockets, and with the models that `ask` has."""

    def make_rest():
        rest = Rest(traffic=Traffic())
        for version in (1, 2):
            rest.serve("m", version, arithmetic_model())
        rest.serve("text", 7, TextModel())
        rest.catalog.models["m"].labels["stable"] = 1
        return rest

    with LiveServer(make_rest) as server:
        yield server
