"""The serving core that every transport calls: finds the version, runs the request, keeps account.

A transport opens a call, decodes its inputs by the version's signature, awaits `infer`, encodes the answer and closes
the call with the code that it answered with::

    with plane.open(model, version, label, ...) as call:
        signature = call.servable.signature(name)
        answer = await plane.infer(call, signature, feed, rows)

Leaving the block closes the call, and counts it under the code of the fault that left it.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Protocol

from shipway.data.model.signature import Signature
from shipway.serving.batching.batch import Batch
from shipway.serving.call import Answer, Call, Feed
from shipway.serving.faults import Code, Overloaded, ServingFault
from shipway.serving.routing import Header
from shipway.serving.servable import Catalog, Servable
from shipway.serving.tracking import new_tracking_id

TRACE_PARENT = "traceparent"
"""W3C's header; it is read only where an observer says that it `wants_trace_parents`."""


class TooManyRequests(Overloaded):
    """The server has as many requests in hand as it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The server has {limit} requests in hand, which is its limit: try again later.")


class Observer(Protocol):
    """Keeps account of what the core does. Neither method may block or raise."""

    def opened(self, call: Call) -> None:
        """A call has found its version."""

    def closed(self, call: Call, code: Code) -> None:
        """A call was answered with `code`; its times tell the stages, `call.finished` to now is its encoding."""

    def refused(self, transport: str, model: str, code: Code) -> None:
        """A request found no version."""

    def ran(self, servable: Servable, batch: Batch) -> None:
        """A batch was run and its calls were answered."""


class DataPlane:
    """The core.

    Args:
        catalog: what is served.
        observers: told of every call and batch.
        default_seconds: the deadline of a call that brings none.
        max_in_flight: calls open at once, over all models.

    Attributes:
        in_flight: calls that are open.
        is_draining: the server is about to stop, and says that it is not ready; what still comes is answered.
    """

    def __init__(
        self,
        catalog: Catalog,
        observers: Sequence[Observer] = (),
        *,
        default_seconds: float = 30.0,
        max_in_flight: int = 4096,
    ) -> None:
        self.catalog = catalog
        self.in_flight = 0
        self.is_draining = False
        self._observers = tuple(observers)
        self._traces = any(getattr(observer, "wants_trace_parents", False) for observer in observers)
        self._default_seconds = default_seconds
        self._max_in_flight = max_in_flight
        self._enough = TooManyRequests(max_in_flight)

    def open(
        self,
        model: str,
        version: int | None,
        label: str | None,
        *,
        transport: str,
        header: Header,
        tracking_id: str = "",
        seconds: float | None = None,
        arrived: float = 0.0,
    ) -> Call:
        """A call for a model's version: a context that is entered at once and closes the call when it is left.

        Args:
            header: the request's headers, for routing.
            tracking_id: the caller's own; one is made where it is empty.
            seconds: until the caller gives up.
            arrived: when the request came (`time.monotonic`); now by default.

        Raises:
            TooManyRequests: the server has enough in hand.
            ModelNotFound, NotReady, InvalidRequest: no such model, version or label, or not yet.
        """
        try:
            servable, arm = self._choose(model, version, label, header)
            if not servable.has_room:
                raise servable.no_room()
        except ServingFault as fault:
            self.refused(transport, model, fault)
            raise
        arrived = arrived or monotonic()
        deadline = arrived + (self._default_seconds if seconds is None else min(seconds, self._default_seconds))
        call = Call(self, servable, arm, tracking_id or new_tracking_id(), transport, arrived, deadline)
        if self._traces:
            call.trace_parent = header(TRACE_PARENT) or ""
        return call

    def lack_of_room(self, model: str, version: int | None, label: str | None) -> Overloaded | None:
        """What would refuse a request now, whatever it asks, told without opening a call for it.

        None where there is room, and where only `open` can tell. What is told is always the same object: not to raise.
        """
        if self.in_flight >= self._max_in_flight:
            return self._enough
        served = self.catalog.models.get(model)
        if served is None or label is not None or served.routing is not None:
            return None
        servable = served.latest if version is None else served.servables.get(version)
        return None if servable is None or servable.has_room else servable.full

    def refused(self, transport: str, model: str, fault: ServingFault) -> None:
        """Account for a request that was refused before it was opened."""
        for observer in self._observers:
            observer.refused(transport, model, fault.code)

    def _choose(self, name: str, version: int | None, label: str | None, header: Header) -> tuple[Servable, str]:
        if self.in_flight >= self._max_in_flight:
            raise TooManyRequests(self._max_in_flight)
        model = self.catalog.model(name)
        if version is None and label is None and model.routing is not None:
            return model.routing.choose(model, header)
        return model.find(version, label), ""

    def opened(self, call: Call) -> None:
        """What a call tells when its context is entered."""
        self.in_flight += 1
        call.servable.take()
        for observer in self._observers:
            observer.opened(call)

    def closed(self, call: Call, code: Code) -> None:
        """What a call tells when its context is left."""
        self.in_flight -= 1
        call.servable.release()
        for observer in self._observers:
            observer.closed(call, code)

    async def infer(self, call: Call, signature: Signature, feed: Feed, rows: int, *, is_solo: bool = False) -> Answer:
        """Run a signature of the call's version on decoded inputs.

        Args:
            feed: every input of the signature, of its dtype; see `Column`.
            rows: the first dimension of all of them.
            is_solo: they have none in common.

        Raises:
            Overloaded, DeadlineExceeded, InvalidRequest, InferenceFailed: see there.
        """
        call.feed, call.rows, call.is_solo, call.signature_name = feed, rows, is_solo, signature.name
        model = self.catalog.models.get(call.servable.name)
        routing = model.routing if model is not None and call.arm else None
        if routing is not None and model is not None:
            servable, call.arm = routing.settle(model, call)
            if servable is not call.servable:
                self._move(call, servable)
                signature = servable.signature(signature.name)
        answer = await call.servable.batcher(signature).submit(call)
        if routing is not None and model is not None:
            routing.answered(model, call, answer)
        return answer

    def ran(self, servable: Servable, batch: Batch) -> None:
        """What servables report their batches to."""
        for observer in self._observers:
            observer.ran(servable, batch)

    @staticmethod
    def _move(call: Call, servable: Servable) -> None:
        servable.take()
        call.servable.release()
        call.servable = servable
