"""`shipway.metadata.Lock`: callers that take turns, so that a read and the write that depends on it belong together.

A caller holds a lock for as long as its call lasts: a caller that dies lets go of it, as its connection ends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

import grpc

from shipway.lineage.server.admission import STOPPING
from shipway.lineage.server.answer import INVALID_ARGUMENT, RESOURCE_EXHAUSTED, Answer
from shipway.lineage.server.file_turn import file_turn
from shipway.lineage.server.service import STATUSES

SERVICE = "shipway.metadata.Lock"
RECORDING = "recording"
"""The lock of whoever records a step; for a file it keeps those out too that write it without the service."""

GRANTED = b"granted"
HOLD_SECONDS = 60.0
LONGEST_NAME = 200
MOST_CALLERS = 512

BAD_NAME = Answer(INVALID_ARGUMENT, f"The request is the lock's name: 1 to {LONGEST_NAME} bytes of UTF-8.")
TOO_MANY = Answer(RESOURCE_EXHAUSTED, f"{MOST_CALLERS} callers hold locks or wait for them, which is the limit.")
HELD_TOO_LONG = f"The lock was held for {HOLD_SECONDS:g} s, which is the limit: somebody else may have it now."


class Locks:
    """The method `Hold`.

    Args:
        files: lock files that are held together with the locks of these names.
        hold_seconds: how long a lock may be held.
    """

    def __init__(self, files: Mapping[str, Path], hold_seconds: float = HOLD_SECONDS) -> None:
        self._files = dict(files)
        self._hold_seconds = hold_seconds
        self._queues: dict[str, deque[asyncio.Future[bool]]] = {}
        self._is_stopping = False

    def handlers(self) -> dict[str, grpc.RpcMethodHandler]:
        """The method by its path."""
        return {f"/{SERVICE}/Hold": grpc.unary_stream_rpc_method_handler(self.hold)}

    def stop(self) -> None:
        """Refuse those that wait; those that hold locks keep them until their calls end."""
        self._is_stopping = True
        for queue in self._queues.values():
            for place in queue:
                if not place.done():
                    place.set_result(False)

    async def hold(self, request: bytes, context: Any) -> None:
        """What gRPC calls; it ends with the caller's cancelling, which gRPC turns into this task's."""
        name = _name(request)
        refusal = self._refusal(name)
        if refusal is not None:
            await _refuse(context, refusal)
        place = self._take_place(name)
        try:
            if not await place:
                await _refuse(context, STOPPING)
            async with self._file_turn(name):
                await context.write(GRANTED)
                await asyncio.sleep(self._hold_seconds)
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, HELD_TOO_LONG)
        finally:
            self._leave(name, place)

    def _refusal(self, name: str) -> Answer | None:
        if self._is_stopping:
            return STOPPING
        if not name:
            return BAD_NAME
        return TOO_MANY if sum(map(len, self._queues.values())) >= MOST_CALLERS else None

    def _file_turn(self, name: str) -> AbstractAsyncContextManager[None]:
        return file_turn(self._files[name]) if name in self._files else nullcontext()

    def _take_place(self, name: str) -> asyncio.Future[bool]:
        """A place in the queue; it is True when the lock is its holder's. The holder's is the first."""
        place: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(name, deque())
        queue.append(place)
        if queue[0] is place:
            place.set_result(True)
        return place

    def _leave(self, name: str, place: asyncio.Future[bool]) -> None:
        queue = self._queues[name]
        was_first = queue[0] is place
        queue.remove(place)
        if not queue:
            del self._queues[name]
        elif was_first:
            self._pass_on(queue)

    @staticmethod
    def _pass_on(queue: deque[asyncio.Future[bool]]) -> None:
        if not queue[0].done():
            queue[0].set_result(True)


def _name(request: bytes) -> str:
    """The lock's name; "" for what is none."""
    if len(request) > LONGEST_NAME:
        return ""
    try:
        return request.decode()
    except UnicodeDecodeError:
        return ""


async def _refuse(context: Any, answer: Answer) -> None:
    await context.abort(STATUSES[answer.code], answer.message)
