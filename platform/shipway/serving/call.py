"""One request for an inference, from its arrival to its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from shipway.serving.faults import Code, ServingFault
from shipway.serving.model import Arrays

if TYPE_CHECKING:
    from shipway.serving.servable import Servable

Column = list[Any] | np.ndarray
"""One input of one request: a list of one scalar a row, whose types were checked, or an array whose first dimension is
the rows. A list is what JSON and typed protobuf fields give; it becomes an array once, together with those of the other
requests of its batch."""

Feed = Mapping[str, Column]


class Row(Mapping[str, Column]):
    """The inputs of a request of one row, each one plain value: the most frequent request of all.

    It is kept as a tuple, since a batch of tuples is turned into columns at once; as a mapping each input is a list.
    """

    __slots__ = ("names", "row")

    def __init__(self, names: tuple[str, ...], row: tuple[Any, ...]) -> None:
        self.names = names
        self.row = row

    def __getitem__(self, name: str) -> Column:
        try:
            return [self.row[self.names.index(name)]]
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Answer:
    """The outputs of a whole batch, and which of its rows are this call's.

    Rows are sliced by whoever encodes them: one batch is shared by many calls. `alone` says that the batch was this
    call's only; then outputs need not have the rows as their first dimension.
    """

    __slots__ = ("alone", "outputs", "start", "stop")

    def __init__(self, outputs: Arrays, start: int, stop: int, alone: bool) -> None:
        self.outputs = outputs
        self.start = start
        self.stop = stop
        self.alone = alone

    def arrays(self) -> dict[str, np.ndarray]:
        """This call's part of each output."""
        if self.alone:
            return dict(self.outputs)
        return {name: array[self.start : self.stop] for name, array in self.outputs.items()}


class Call:
    """What the core knows of one request.

    Times are seconds of `time.monotonic`, 0 for what has not happened. `is_solo` says that the inputs have no common
    first dimension, so that the request cannot share a batch; `rows` is then 1. `is_alone` says that its transport has
    no other request in hand, so that a model that is idle need not look for any. `trace_parent` is W3C's header, where
    traces are made.
    """

    __slots__ = (
        "account",
        "arm",
        "arrived",
        "deadline",
        "feed",
        "finished",
        "future",
        "is_alone",
        "is_solo",
        "queued",
        "rows",
        "servable",
        "signature_name",
        "started",
        "trace_parent",
        "tracking_id",
        "transport",
    )

    def __init__(
        self,
        account: Account,
        servable: Servable,
        arm: str,
        tracking_id: str,
        transport: str,
        arrived: float,
        deadline: float,
    ) -> None:
        self.account = account
        self.servable = servable
        self.arm = arm
        self.tracking_id = tracking_id
        self.transport = transport
        self.arrived = arrived
        self.deadline = deadline
        self.signature_name = ""
        self.trace_parent = ""
        self.queued = self.started = self.finished = 0.0
        self.feed: Feed = {}
        self.rows = 0
        self.is_solo = self.is_alone = False
        self.future: asyncio.Future[Answer] | None = None

    def __enter__(self) -> Call:
        self.account.opened(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self.account.closed(self, Code.OK if error is None else code_of(error))


class Account(Protocol):
    """Whoever counts the calls."""

    def opened(self, call: Call) -> None: ...

    def closed(self, call: Call, code: Code) -> None: ...


def code_of(error: BaseException) -> Code:
    """The code under which a call that ended with `error` is counted."""
    if isinstance(error, ServingFault):
        return error.code
    return Code.CANCELLED if isinstance(error, asyncio.CancelledError) else Code.INTERNAL
