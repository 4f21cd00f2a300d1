"""Calls that a caller has given an id: each is made once, and who asks again gets the first answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from shipway.lineage.server.answer import INVALID_ARGUMENT, OK, Answer

MOST_CALLS = 20_000
MOST_BYTES = 32 << 20
"""Of answers. The oldest are forgotten first."""

REUSED = Answer(
    INVALID_ARGUMENT, "The x-shipway-request-id was used for another call before: give every call an id of its own."
)


class _Call:
    """A call under way or made: what it was, its task, and how many callers wait."""

    def __init__(self, digest: bytes, task: asyncio.Task[Answer]) -> None:
        self.digest = digest
        self.task = task
        self.callers = 0


class Remembered:
    """The calls of the last time, by their ids. A refused call is forgotten: asked again, it is made again."""

    def __init__(self, most_calls: int = MOST_CALLS, most_bytes: int = MOST_BYTES) -> None:
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        self._most_calls = most_calls
        self._most_bytes = most_bytes
        self._bytes = 0

    async def once(self, key: str, asked: bytes, make: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """The answer to the call `key`, made by `make` unless it was made already.

        A caller that is cancelled takes the call back when nobody else waits for it and `make` lets itself be
        cancelled.

        Args:
            asked: the method and the request: what the id stands for.
        """
        digest = hashlib.blake2b(asked, digest_size=16).digest()
        while True:
            call = self._calls.get(key)
            if call is None or call.task.cancelled():
                call = self._calls[key] = _Call(digest, asyncio.create_task(make()))
                call.task.add_done_callback(partial(self._settle, key, call))
            elif call.digest != digest:
                return REUSED
            call.callers += 1
            try:
                return await asyncio.shield(call.task)
            except asyncio.CancelledError:
                if not call.task.cancelled():
                    if call.callers == 1:
                        call.task.cancel()
                    raise
            finally:
                call.callers -= 1

    def _settle(self, key: str, call: _Call, _: asyncio.Task[Answer]) -> None:
        """Keep a call that was made, and forget one that was not."""
        if call.task.cancelled() or call.task.exception() is not None or call.task.result().code != OK:
            if self._calls.get(key) is call:
                del self._calls[key]
            return
        self._bytes += len(call.task.result().data)
        for oldest in list(self._calls):
            if len(self._calls) <= self._most_calls and self._bytes <= self._most_bytes:
                return
            self._forget(oldest)

    def _forget(self, key: str) -> None:
        call = self._calls[key]
        if call.task.done():
            self._bytes -= len(call.task.result().data)
            del self._calls[key]
