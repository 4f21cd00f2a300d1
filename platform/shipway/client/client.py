"""The client for code that waits for its answers."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

import httpx

from shipway.client.answers import (
    ModelMetadata,
    Prediction,
    VersionStatus,
    read_metadata,
    read_prediction,
    read_status,
)
from shipway.client.exchange import Exchange, settings_of
from shipway.client.requests import TRACKING_ID, Columns, Endpoint, Request, Rows
from shipway.client.retrying import RetryPolicy
from shipway.client.waiting import SECONDS_BETWEEN_LOOKS, TRANSIENT, Waiting


class Client:
    """A model at a server. It may be shared by threads, and is closed by `close()` or by leaving its `with` block.

    Args:
        url: of the server, such as "http://localhost:8501".
        model: the name under which it is served.
        token: what the server was given with --token_file.
        timeout: seconds that the server may be silent, at each try.
        retries: how often a request is sent again that met a busy server or no connection; or the whole policy.
        verify: False to trust any certificate, or an `ssl.SSLContext` with a private CA or a client certificate.
        transport: httpx's, to reach the server in another way than by its address.
    """

    def __init__(
        self,
        url: str,
        model: str,
        token: str | None = None,
        timeout: float = 30.0,
        retries: int | RetryPolicy = 3,
        *,
        verify: Any = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.endpoint = Endpoint.of(url, model)
        self._policy = RetryPolicy(retries) if isinstance(retries, int) else retries
        self._timeout = timeout
        self._http = httpx.Client(transport=transport, **settings_of(url, token, verify))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict(
        self,
        inputs: Rows | Columns,
        signature: str = "serving_default",
        version: int | None = None,
        label: str | None = None,
        tracking_id: str | None = None,
    ) -> Prediction:
        """Ask the model.

        Args:
            inputs: rows, each a mapping of inputs by name, or columns, a mapping of each input's values; numpy's
                arrays and scalars and bytes may be in them.
            signature: which of the model's.
            version: one version; else the server chooses.
            label: the version that has this label.
            tracking_id: under which the server logs the request; it makes one where none is given.

        Raises:
            ServerRefused, ServerBusy, ServerFailed: the server's own sentence.
            ServerUnreachable, ServerSilent, BadAnswer, BadRequest: see there.
        """
        started = time.monotonic()
        request = self.endpoint.predict(inputs, signature, version, label, tracking_id)
        answer = self._send(self._exchange(request))
        tracking = answer.headers.get(TRACKING_ID, tracking_id or "")
        return read_prediction(request.url, answer.status_code, answer.content, tracking, time.monotonic() - started)

    def status(self, version: int | None = None, label: str | None = None) -> list[VersionStatus]:
        """The versions of the model, the highest first; raises as `predict`."""
        request = self.endpoint.status(version, label)
        answer = self._send(self._exchange(request))
        return read_status(request.url, answer.status_code, answer.content)

    def metadata(self, version: int | None = None, label: str | None = None) -> ModelMetadata:
        """The signatures of a version; raises as `predict`."""
        request = self.endpoint.metadata(version, label)
        answer = self._send(self._exchange(request))
        return read_metadata(request.url, answer.status_code, answer.content)

    def wait_until_ready(self, seconds: float = 60.0) -> list[VersionStatus]:
        """Wait until a version of the model is available; raises `NotReadyInTime`, and at once what waiting does not
        mend, such as a wrong token."""
        waiting = Waiting(self.endpoint, seconds, self._timeout)
        while True:
            try:
                ready = waiting.judge(self._send(waiting.look()))
            except TRANSIENT as error:
                ready = waiting.judge_failure(error)
            if ready:
                return ready
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _exchange(self, request: Request) -> Exchange:
        return Exchange(request, self._policy, self._timeout)

    def _send(self, exchange: Exchange) -> httpx.Response:
        request = exchange.request
        while True:
            pause: float | None
            try:
                response = self._http.request(request.method, request.url, **exchange.arguments())
            except httpx.HTTPError as error:
                pause = exchange.pause_after_failure(error)
            else:
                pause = exchange.pause_after_answer(response)
            if pause is None:
                return response
            time.sleep(pause)
