"""Asking a shadow what was answered already, and keeping what it says to ourselves.

A copy is made after the caller has its answer, runs in the shadow's own batches in a thread, and waits for nobody: when
the shadow lags, copies are dropped and counted. A copy holds its version like any request does, so that the version is
not unloaded under it.
"""

from __future__ import annotations

import asyncio
from random import random
from time import monotonic

from shipway.serving.call import Answer, Call
from shipway.serving.config.traffic import Shadow
from shipway.serving.faults import Code, ServingFault
from shipway.serving.servable import ServedModel
from shipway.serving.traffic.comparer import Comparer, Pair
from shipway.serving.traffic.counts import TrafficCounts
from shipway.serving.traffic.targets import find_target, matching_signature

MOST_WAITING_ROWS = 1024
"""Rows of copies that are under way; more are dropped."""

SECONDS = 10.0
"""How long a copy may wait for its shadow."""


class Unaccounted:
    """The account of copies: nobody sent them, so they are no requests."""

    def opened(self, call: Call) -> None: ...

    def closed(self, call: Call, code: Code) -> None: ...


UNACCOUNTED = Unaccounted()


class Mirror:
    """Copies a share of one model's requests to its shadow."""

    def __init__(self, name: str, shadow: Shadow, comparer: Comparer, counts: TrafficCounts) -> None:
        target = shadow.label if shadow.label is not None else str(shadow.version)
        self.arm = f"shadow:{target}"
        self._name = name
        self._shadow = shadow
        self._comparer = comparer
        self._counts = counts.shadowed
        self._waiting_rows = 0

    def answered(self, model: ServedModel, call: Call, answer: Answer) -> None:
        """Copy the call, when the loop has sent its answer and if there is room."""
        if random() >= self._shadow.sample_rate:
            return
        if self._waiting_rows + call.rows > MOST_WAITING_ROWS and self._waiting_rows:
            self._count("dropped")
            return
        self._waiting_rows += call.rows
        asyncio.get_running_loop().call_soon(self._send, model, call, answer)

    def _send(self, model: ServedModel, call: Call, answer: Answer) -> None:
        outcome = self._submit(model, call, answer)
        if outcome:
            self._waiting_rows -= call.rows
            self._count(outcome)

    def _submit(self, model: ServedModel, call: Call, answer: Answer) -> str:
        """Hand a copy to the shadow; returns why not, if not."""
        servable = find_target(model, self._shadow.version, self._shadow.label)
        if servable is None:
            return "unavailable"
        if servable is call.servable:
            return "same_version"
        signature = matching_signature(call.servable, servable, call.signature_name)
        if signature is None:
            return "signature"
        now = monotonic()
        copy = Call(UNACCOUNTED, servable, self.arm, call.tracking_id, call.transport, now, now + SECONDS)
        copy.feed, copy.rows, copy.is_solo, copy.signature_name = call.feed, call.rows, call.is_solo, signature.name
        servable.take()
        try:
            future = servable.batcher(signature, in_background=True).submit(copy)
        except ServingFault:
            servable.release()
            return "dropped"
        version = call.servable.version
        future.add_done_callback(lambda done: self._done(done, copy, answer, version))
        return ""

    def _done(self, future: asyncio.Future[Answer], copy: Call, answer: Answer, version: int) -> None:
        copy.servable.release()
        self._waiting_rows -= copy.rows
        if future.cancelled() or future.exception() is not None:
            self._count("failed")
            return
        self._count("compared")
        self._comparer.add(
            Pair(self._name, version, copy.servable.version, copy.signature_name, copy.rows, answer, future.result())
        )

    def _count(self, outcome: str) -> None:
        self._counts[self._name, self.arm, outcome] += 1
