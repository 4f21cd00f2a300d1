"""The adaptive micro-batcher of one signature of one version.

Requests that arrive while the loop handles one round of its sockets run together at the end of that round; requests
that arrive while a batch is running run together after it. So nobody waits for company, and under load batches grow by
themselves. A model that answers within a millisecond runs in the event loop itself, where handing over to a thread
would cost more than it gains; a slower one runs in a lane of its own, and the loop goes on reading.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from time import monotonic

from shipway.data.model.signature import Signature
from shipway.serving.batching.batch import Batch, Run
from shipway.serving.batching.lane import Lane
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.call import Answer, Call
from shipway.serving.faults import DeadlineExceeded, InvalidRequest, Overloaded

INLINE_SECONDS = 0.001
"""Longer batches leave the event loop."""

SWEEP_SECONDS = 0.05
"""How late a caller hears that its deadline has passed, at most."""

FORGETTING = 0.05
"""How fast a measured time grows; it shrinks at once, since a thread's time contains waiting for the interpreter."""

SIZE_CLASSES = 40


class RequestTooLarge(InvalidRequest):
    """More rows than a batch may have."""

    def __init__(self, rows: int, largest: int) -> None:
        super().__init__(
            f"The request has {rows} rows and may have at most {largest}: send fewer rows a request, or serve with a "
            "larger max_batch_size."
        )


class QueueFull(Overloaded):
    """The model's queue has no room."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The model's queue is full ({limit} rows may wait): try again later.")


class TimeOver(DeadlineExceeded):
    """The deadline passed before the model answered."""

    def __init__(self) -> None:
        super().__init__("The request's time was over before the model answered: allow more time or send fewer rows.")


def has_batch_dimension(signature: Signature) -> bool:
    """Whether every input and output leaves its first dimension open, so that requests can share a run."""
    specs = [*signature.inputs.values(), *signature.outputs.values()]
    return all(spec.shape is None or (spec.shape and spec.shape[0] is None) for spec in specs)


def _size_class(rows: int) -> int:
    """Batches whose sizes have as many binary digits are expected to take as long."""
    return min(rows.bit_length(), SIZE_CLASSES - 1)


class Batcher:
    """Gathers calls and runs them. All methods are called in the event loop.

    Args:
        run: the model's function.
        observe: told of each batch after its calls were answered.
    """

    def __init__(
        self,
        run: Run,
        signature: Signature,
        rules: BatchingRules,
        loop: asyncio.AbstractEventLoop,
        observe: Callable[[Batch], None],
        *,
        is_background: bool = False,
    ) -> None:
        self.signature = signature
        self.rules = rules
        self.queued_rows = 0
        self._run = run
        self._loop = loop
        self._observe = observe
        self._never_inline = is_background
        self._queue: deque[Call] = deque()
        self._running: set[Batch] = set()
        self._lanes: list[Lane] = []
        self._seconds = [float("inf")] * SIZE_CLASSES
        self._batchable = rules.enabled and has_batch_dimension(signature)
        self._is_scheduled = False
        self._filling: asyncio.TimerHandle | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        return not self._queue and not self._running

    def submit(self, call: Call) -> asyncio.Future[Answer]:
        """Queue a call, whose feed and rows are set; its future gives the answer.

        Raises:
            QueueFull: too many rows wait.
            RequestTooLarge: this request alone is too large.
        """
        rows, rules = call.rows, self.rules
        if rules.max_request_rows is not None and rows > rules.max_request_rows:
            raise RequestTooLarge(rows, rules.max_request_rows)
        if self.queued_rows and self.queued_rows + rows > rules.max_queued_rows:
            raise QueueFull(rules.max_queued_rows)
        future = call.future = self._loop.create_future()
        call.queued = monotonic()
        if call.is_alone and self._can_answer_at_once(call):
            self._run_here([call])
            return future
        self._queue.append(call)
        self.queued_rows += rows
        if not self._is_scheduled:
            self._schedule()
        elif self._filling is not None and self.queued_rows >= rules.max_batch_size:
            self._filling.cancel()
            self._schedule()
        return future

    def expect(self, rows: int, seconds: float) -> None:
        """Tell how long the model takes for so many rows, as its warming up has shown."""
        size = _size_class(rows)
        self._seconds[size] = min(seconds, self._seconds[size])

    def close(self) -> None:
        """End the lanes, when nothing is queued or running any more."""
        for lane in self._lanes:
            lane.close()
        if self._sweeper is not None:
            self._sweeper.cancel()

    def _schedule(self) -> None:
        self._is_scheduled, self._filling = True, None
        self._loop.call_soon(self._start)

    def _start(self) -> None:
        """Start what can be started: one batch in the loop, or one for each free lane."""
        self._is_scheduled, self._filling = False, None
        while self._queue and self._has_place():
            wait = self._seconds_to_wait()
            if wait > 0:
                self._is_scheduled = True
                self._filling = self._loop.call_later(wait, self._start)
                self._watch_deadlines()
                return
            calls = self._take()
            if not calls:
                continue
            if len(self._running) < self.rules.lanes and self._is_quick(sum(call.rows for call in calls)):
                self._run_here(calls)
                if self._queue and not self._is_scheduled:
                    self._schedule()
                return
            self._run_in_lane(calls)

    def _has_place(self) -> bool:
        """Whether a batch may start, or may be handed over before its turn: a full one gains nothing by waiting here,
        and its lane need not wait for the loop."""
        running, lanes = len(self._running), self.rules.lanes
        return running < lanes or (running < 2 * lanes and self._is_full())

    def _is_full(self) -> bool:
        return self._batchable and self.queued_rows >= self.rules.max_batch_size

    def _seconds_to_wait(self) -> float:
        """How long the queue may still fill; nothing for the adaptive batcher."""
        if not self.rules.timeout_seconds or not self._batchable or self.queued_rows >= self.rules.max_batch_size:
            return 0.0
        return self._queue[0].queued + self.rules.timeout_seconds - monotonic()

    def _take(self) -> list[Call]:
        """The next calls that fit into one batch; those nobody waits for any more are dropped, late ones told."""
        now = monotonic()
        calls: list[Call] = []
        rows = 0
        queue, largest = self._queue, self.rules.max_batch_size
        while queue:
            call = queue[0]
            future = call.future
            if future is None or future.done():
                pass
            elif call.deadline <= now:
                future.set_exception(TimeOver())
            elif calls and (rows + call.rows > largest or call.is_solo or not self._batchable):
                break
            else:
                calls.append(call)
                rows += call.rows
                if call.is_solo:
                    largest = 0
            queue.popleft()
            self.queued_rows -= call.rows
        return calls

    def _is_quick(self, rows: int) -> bool:
        return not self._never_inline and self._seconds[_size_class(rows)] <= INLINE_SECONDS

    def _can_answer_at_once(self, call: Call) -> bool:
        idle = not self._is_scheduled and self.is_idle and not self.rules.timeout_seconds
        return idle and self._is_quick(call.rows) and call.deadline > call.queued

    def _run_here(self, calls: list[Call]) -> None:
        """In the event loop."""
        batch = Batch(calls)
        batch.run(self._run, self.signature, self.rules, monotonic)
        self._finish(batch)

    def _run_in_lane(self, calls: list[Call]) -> None:
        batch = Batch(calls)
        self._running.add(batch)
        lane = min(self._lanes, key=attrgetter("in_hand"), default=None)
        if lane is None or (lane.in_hand and len(self._lanes) < self.rules.lanes):
            lane = Lane(f"{self.rules.thread_name}-{self.signature.name}-{len(self._lanes)}")
            self._lanes.append(lane)
        if lane.in_hand:
            batch.prepare(self.signature, self.rules)
        lane.in_hand += 1
        lane.submit(partial(self._work, batch, lane))
        self._watch_deadlines()

    def _work(self, batch: Batch, lane: Lane) -> None:
        """In the lane's thread."""
        batch.run(self._run, self.signature, self.rules, monotonic)
        self._loop.call_soon_threadsafe(self._lane_finished, batch, lane)

    def _lane_finished(self, batch: Batch, lane: Lane) -> None:
        self._running.discard(batch)
        lane.in_hand -= 1
        self._finish(batch)
        if self._queue and not self._is_scheduled:
            self._start()

    def _finish(self, batch: Batch) -> None:
        self._learn(batch)
        started, finished = batch.started, batch.finished
        for call, result in zip(batch.calls, batch.results, strict=True):
            call.started, call.finished = started, finished
            future = call.future
            if future is None or future.done():
                continue
            if isinstance(result, Answer):
                future.set_result(result)
            else:
                future.set_exception(result)
        self._observe(batch)

    def _learn(self, batch: Batch) -> None:
        if batch.rows_differ:
            self._batchable = False
        size, took = _size_class(batch.rows), batch.finished - batch.started
        known = self._seconds[size]
        self._seconds[size] = took if took < known else known + FORGETTING * (took - known)

    def _watch_deadlines(self) -> None:
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Tell callers whose time is over, wherever their calls are; a batch that is running cannot be stopped."""
        self._sweeper = None
        now = monotonic()
        waiting = [self._queue, *(batch.calls for batch in self._running)]
        for calls in waiting:
            for call in calls:
                if call.deadline <= now and call.future is not None and not call.future.done():
                    call.future.set_exception(TimeOver())
        if self._queue or self._running:
            self._watch_deadlines()
