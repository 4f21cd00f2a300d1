"""The client for asyncio: `Client` with `await`."""

from __future__ import annotations

import asyncio
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


class AsyncClient:
    """A model at a server, to be used in one event loop; its arguments and what its methods raise are `Client`'s."""

    def __init__(
        self,
        url: str,
        model: str,
        token: str | None = None,
        timeout: float = 30.0,
        retries: int | RetryPolicy = 3,
        *,
        verify: Any = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.endpoint = Endpoint.of(url, model)
        self._policy = RetryPolicy(retries) if isinstance(retries, int) else retries
        self._timeout = timeout
        self._http = httpx.AsyncClient(transport=transport, **settings_of(url, token, verify))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def predict(
        self,
        inputs: Rows | Columns,
        signature: str = "serving_default",
        version: int | None = None,
        label: str | None = None,
        tracking_id: str | None = None,
    ) -> Prediction:
        """Ask the model; see `Client.predict`."""
        started = time.monotonic()
        request = self.endpoint.predict(inputs, signature, version, label, tracking_id)
        answer = await self._send(self._exchange(request))
        tracking = answer.headers.get(TRACKING_ID, tracking_id or "")
        return read_prediction(request.url, answer.status_code, answer.content, tracking, time.monotonic() - started)

    async def status(self, version: int | None = None, label: str | None = None) -> list[VersionStatus]:
        """The versions of the model, the highest first; raises as `predict`."""
        request = self.endpoint.status(version, label)
        answer = await self._send(self._exchange(request))
        return read_status(request.url, answer.status_code, answer.content)

    async def metadata(self, version: int | None = None, label: str | None = None) -> ModelMetadata:
        """The signatures of a version; raises as `predict`."""
        request = self.endpoint.metadata(version, label)
        answer = await self._send(self._exchange(request))
        return read_metadata(request.url, answer.status_code, answer.content)

    async def wait_until_ready(self, seconds: float = 60.0) -> list[VersionStatus]:
        """Wait until a version of the model is available; raises `NotReadyInTime`, and at once what waiting does not
        mend, such as a wrong token."""
        waiting = Waiting(self.endpoint, seconds, self._timeout)
        while True:
            try:
                ready = waiting.judge(await self._send(waiting.look()))
            except TRANSIENT as error:
                ready = waiting.judge_failure(error)
            if ready:
                return ready
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def _exchange(self, request: Request) -> Exchange:
        return Exchange(request, self._policy, self._timeout)

    async def _send(self, exchange: Exchange) -> httpx.Response:
        request = exchange.request
        while True:
            pause: float | None
            try:
                response = await self._http.request(request.method, request.url, **exchange.arguments())
            except httpx.HTTPError as error:
                pause = exchange.pause_after_failure(error)
            else:
                pause = exchange.pause_after_answer(response)
            if pause is None:
                return response
            await asyncio.sleep(pause)
