"""The inference log: what was asked and what was answered, for monitoring and for joining with feedback.

The event loop hands over references to a batch's arrays, or to the rows of a small one, which costs about a microsecond
a row; a thread makes columns of them and writes. What waits for the thread is bounded in rows and in bytes. Whatever
does not fit is dropped and counted: the log neither blocks nor fails a request.

Logged are the calls that reached the model, those included on which it failed (with their code and without outputs).
What was refused before has no answer to learn from; the metrics count it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from time import monotonic

from shipway.data.model.signature import Signature
from shipway.endpoint.occasional import Occasionally
from shipway.serving.batching.batch import Batch
from shipway.serving.call import Call
from shipway.serving.faults import Code
from shipway.serving.observing.log.gathered_rows import Form, GatheredRows, form_of
from shipway.serving.observing.log.sampling import is_sampled
from shipway.serving.observing.log.sink import Sink
from shipway.serving.observing.log.taken import TakenBatch, take
from shipway.serving.observing.reading import Reading
from shipway.serving.servable import Servable

SECONDS_BETWEEN_WRITES = 0.2
ROWS_TO_WAKE = 2048
"""So many rows wake the thread early."""

ROWS_AT_ONCE, BATCHES_AT_ONCE = 2048, 256
"""No more are made into columns at a time: making one holds the interpreter, and requests wait for it."""

SECONDS_TO_NOTICE = 0.5
"""How long the thread has to see that its time is over."""

log = logging.getLogger(__name__)


class InferenceLog:
    """An `Observer` of the plane.

    Args:
        sink: where the rows go.
        rate: the share of requests that is logged, chosen by their tracking ids (`is_sampled`).
        most_rows, most_bytes: what may wait for the sink.

    Attributes:
        dropped_rows: rows for which there was no room.
        failures: batches that could not be taken or written because of a defect here.
    """

    def __init__(self, sink: Sink, rate: float = 1.0, *, most_rows: int = 65_536, most_bytes: int = 256 << 20) -> None:
        self.dropped_rows = 0
        self.failures = 0
        self._sink = sink
        self._rate = rate
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._queue: deque[TakenBatch | GatheredRows] = deque()
        self._growing: GatheredRows | None = None  # the last of the queue, while rows are still added to it
        self._growing_lock = threading.Lock()
        self._rows_in = self._bytes_in = 0  # written by the event loop alone
        self._rows_out = self._bytes_out = 0  # written by the thread alone
        self._wake = threading.Event()
        self._stop_by: float | None = None
        self._complaint = Occasionally()
        self._thread = threading.Thread(target=self._run, name="inference-log", daemon=True)

    @property
    def queued_rows(self) -> int:
        return self._rows_in - self._rows_out

    def start(self) -> None:
        """Start writing; raises `ShipwayError` where the sink cannot be used."""
        self._sink.open()
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Write what waits, within so many seconds; the rest is dropped. It blocks: not for the event loop."""
        self._stop_by = monotonic() + seconds
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(seconds + SECONDS_TO_NOTICE)
        self.dropped_rows += self.queued_rows
        self._rows_out = self._rows_in

    def opened(self, call: Call) -> None:
        """Nothing."""

    def closed(self, call: Call, code: Code) -> None:
        """Nothing: its row was taken when it ran."""

    def refused(self, transport: str, model: str, code: Code) -> None:
        """Nothing: there is no answer."""

    def ran(self, servable: Servable, batch: Batch) -> None:
        """Take a batch, if there is room."""
        queued = self._rows_in - self._rows_out
        if queued + batch.rows > self._most_rows or self._bytes_in - self._bytes_out > self._most_bytes:
            self.dropped_rows += batch.rows
            return
        try:
            self._take(servable, batch)
        except Exception:
            self._note_failure()
        if queued >= ROWS_TO_WAKE and not self._wake.is_set():
            self._wake.set()

    def _take(self, servable: Servable, batch: Batch) -> None:
        calls = batch.calls
        signature = servable.model.signatures[calls[0].signature_name]
        form = form_of(batch) if self._rate >= 1.0 or len(calls) == 1 else None
        if form is not None:
            if is_sampled(calls[0].tracking_id, self._rate):
                self._gather(servable, signature, form, batch)
            return
        for taken in take(servable, signature, batch, self._rate):
            self._rows_in += taken.rows
            self._bytes_in += taken.size
            self._queue.append(taken)

    def _gather(self, servable: Servable, signature: Signature, form: Form, batch: Batch) -> None:
        with self._growing_lock:
            growing = self._growing
            if growing is None or not growing.has_room_for(servable, signature, form):
                growing = self._growing = GatheredRows(servable, signature, form)
                self._queue.append(growing)
            self._bytes_in += growing.add(batch)
            self._rows_in += batch.rows

    def readings(self) -> Iterator[Reading]:
        """What metrics show of the log."""
        name = "shipway_serving_inference_log"
        yield Reading(f"{name}_written_rows", "Rows that have arrived where the log goes.", "counter", {},
                      self._sink.written_rows)  # fmt: skip
        says = "Rows that were not logged: no room to wait, or the destination failed."
        yield Reading(f"{name}_dropped_rows", says, "counter", {"reason": "queue"}, self.dropped_rows)
        yield Reading(f"{name}_dropped_rows", says, "counter", {"reason": "sink"}, self._sink.lost_rows)
        yield Reading(f"{name}_failures", "Batches that a defect kept from the log.", "counter", {}, self.failures)
        yield Reading(f"{name}_queued_rows", "Rows that wait to be written.", "gauge", {}, self.queued_rows)

    def _run(self) -> None:
        while self._stop_by is None:
            self._wake.wait(SECONDS_BETWEEN_WRITES)
            self._wake.clear()
            self._drain()
            self._sink.tick()
        self._drain()
        try:
            self._sink.close(max(0.0, self._stop_by - monotonic()))
        except Exception:
            self._note_failure()

    def _drain(self) -> None:
        """Write what waits now; what comes meanwhile waits for the next time, or it would go in ever smaller pieces."""
        waiting = len(self._queue)
        while waiting and (self._stop_by is None or monotonic() < self._stop_by):
            started = monotonic()
            taken = self._next_taken(waiting)
            waiting -= len(taken)
            try:
                batches = [one.merged() if isinstance(one, GatheredRows) else one for one in taken]
                self._sink.write(batches, time.time() - monotonic())
            except Exception:
                self._note_failure()
            self._rows_out += sum(one.rows for one in taken)
            self._bytes_out += sum(one.size for one in taken)
            if self._sink.share < 1.0 and self._stop_by is None:
                time.sleep((monotonic() - started) * (1.0 / self._sink.share - 1.0))

    def _next_taken(self, waiting: int) -> list[TakenBatch | GatheredRows]:
        taken: list[TakenBatch | GatheredRows] = []
        rows = 0
        while len(taken) < min(waiting, BATCHES_AT_ONCE) and rows < ROWS_AT_ONCE:
            with self._growing_lock:
                taken.append(self._queue.popleft())
                if taken[-1] is self._growing:
                    self._growing = None
            rows += taken[-1].rows
        return taken

    def _note_failure(self) -> None:
        self.failures += 1
        if self._complaint.is_due():
            log.exception("The inference log failed on a batch; the requests are not affected.")
