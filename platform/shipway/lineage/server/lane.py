"""Calls that wait for an engine, and the engine processes that take them in the order in which they came."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from time import monotonic

from shipway.errors import EnvironmentFault
from shipway.lineage.server.answer import OK, UNAVAILABLE, missed
from shipway.lineage.server.frames import Opening
from shipway.lineage.server.methods import Method
from shipway.lineage.server.worker import Job, Worker

LONGEST_CALL_SECONDS = 300.0
"""An engine that answers nothing for so long is ended."""

RESTART_SECONDS = 0.5
PROBE_SECONDS = 1.0

AHEAD = 2
"""Calls that one engine has at once where it is the only one: the next one is there when it ends the first."""

log = logging.getLogger(__name__)


class StoreUnusable(EnvironmentFault):
    """The store cannot be opened when the server starts; the sentence is the engine process's."""


class Lane:
    """Engine processes on one database, one for each opening."""

    def __init__(self, openings: Sequence[Opening]) -> None:
        self._openings = openings
        self._ahead = AHEAD if len(openings) == 1 else 1
        self._workers: list[Worker] = []
        self._waiting: deque[Job] = deque()
        self._restarts: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def start(self) -> None:
        """Start the engines, the first one alone: it makes the tables of an empty database.

        Raises:
            StoreUnusable: one cannot open the database.
        """
        for opening in self._openings:
            worker = self._worker(opening)
            opened = await worker.start()
            if opened.code != OK:
                await worker.close()
                raise StoreUnusable(opened.message)
            self._workers.append(worker)

    def submit(self, method: Method, request: bytes, deadline: float) -> Job:
        """Hand a call over; its answer comes in `Job.answered`. Cancelled before it is begun, it never is."""
        job = Job(method, request, deadline, asyncio.get_running_loop().create_future())
        worker = min(self._workers, key=_load, default=None)
        if worker is not None and len(worker.jobs) < self._ahead:
            worker.ask(job)
        else:
            self._waiting.append(job)
        return job

    async def probe(self, method: Method, request: bytes) -> bool:
        """Whether the database answers, by what engines with nothing to do are told now and the others were last.

        An engine whose connection was lost makes a new one at this, before a caller meets it. One that has not answered
        yet counts as it did before; see `silence`.
        """
        probes = []
        for worker in self._workers:
            if not worker.jobs:
                probe = Job(method, request, 0.0, asyncio.get_running_loop().create_future())
                worker.ask(probe)
                probes.append(probe.answered)
        if probes:
            await asyncio.wait(probes, timeout=PROBE_SECONDS)
        codes = [probe.result().code for probe in probes if probe.done()]
        last = [worker.last_code for worker in self._workers]
        return bool(last) and UNAVAILABLE not in last and not any(codes)

    def end_the_silent(self) -> None:
        """End engines that have had a call for so long that nobody waits for it any more."""
        for worker in self._workers:
            if worker.jobs and monotonic() - worker.answered_at > LONGEST_CALL_SECONDS:
                log.error("an engine process gave no answer for %g s and is ended", LONGEST_CALL_SECONDS)
                worker.kill()

    def silence(self) -> float:
        """Seconds for which engines that have something to do have answered nothing, the longest."""
        now = monotonic()
        return max((now - worker.answered_at for worker in self._workers if worker.jobs), default=0.0)

    async def close(self) -> None:
        self._is_closing = True
        for task in self._restarts:
            task.cancel()
        await asyncio.gather(*self._restarts, return_exceptions=True)
        await asyncio.gather(*(worker.close() for worker in self._workers))

    def _worker(self, opening: Opening) -> Worker:
        return Worker(opening, self._take_next, lambda worker: self._restart(worker, opening))

    def _take_next(self, worker: Worker) -> None:
        while self._waiting and len(worker.jobs) < self._ahead:
            job = self._waiting.popleft()
            if job.answered.cancelled():
                continue
            if job.deadline and monotonic() > job.deadline:
                job.end(missed("its turn came"))
            else:
                worker.ask(job)

    def _restart(self, worker: Worker, opening: Opening) -> None:
        if worker not in self._workers or self._is_closing:
            return
        log.error("an engine process ended and is started again")
        self._workers.remove(worker)
        task = asyncio.create_task(self._replace(worker, opening))
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)

    async def _replace(self, ended: Worker, opening: Opening) -> None:
        await ended.close()
        while True:
            await asyncio.sleep(RESTART_SECONDS)
            worker = self._worker(opening)
            try:
                await worker.start()
            except asyncio.CancelledError:
                await worker.close()
                raise
            except OSError as error:
                log.error("no engine process can be started: %s", error)
                continue
            self._workers.append(worker)
            self._take_next(worker)
            return


def _load(worker: Worker) -> int:
    return len(worker.jobs)
