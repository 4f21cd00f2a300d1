"""Which engine processes serve a database.

SQLite has one that writes and two that read: its writers exclude each other anyway, and in its write-ahead mode
readers wait for nobody. A database on a server gets as many connections as are asked for, each for both.
"""

from __future__ import annotations

import asyncio

from shipway.lineage.database import SQLITE, Database
from shipway.lineage.server.answer import Answer
from shipway.lineage.server.frames import Opening
from shipway.lineage.server.lane import Lane
from shipway.lineage.server.methods import BY_NAME, Method
from shipway.lineage.server.worker import Job

READERS = 2

SILENT_SECONDS = 20.0
"""After so long without an answer the database counts as gone, though it may yet answer."""

PROBE = BY_NAME["GetArtifactsByID"]


class Engines:
    """The engines of one database. Not for a file that is not there: that is made before.

    Args:
        connections: engine processes for a database on a server.
    """

    def __init__(self, database: Database, connections: int) -> None:
        if database.kind == SQLITE:
            self._writing = Lane([_opening(database)])
            self._reading = Lane([_opening(database, read_only=True)] * READERS)
        else:
            self._writing = self._reading = Lane([_opening(database)] * connections)
        self._lanes = list(dict.fromkeys((self._writing, self._reading)))
        self._types = asyncio.Lock()
        self._probe = PROBE.request(artifact_ids=[0]).SerializeToString()

    async def start(self) -> None:
        """Raises `StoreUnusable`."""
        for lane in self._lanes:
            await lane.start()

    async def call(self, method: Method, request: bytes, deadline: float = 0.0) -> Answer:
        """Call a method before the monotonic clock shows `deadline` (0: never mind).

        A caller that is cancelled before its turn takes its call back.
        """
        if method.makes_types:
            async with self._types:
                return await self._submit(method, request, deadline).answered
        return await self._submit(method, request, deadline).answered

    async def call_to_the_end(self, method: Method, request: bytes) -> Answer:
        """As `call`, but once the call has begun, to be cancelled is without effect."""
        if not method.makes_types:
            return await _to_the_end(self._submit(method, request, 0.0))
        async with self._types:
            return await _to_the_end(self._submit(method, request, 0.0))

    def _submit(self, method: Method, request: bytes, deadline: float) -> Job:
        return (self._writing if method.is_writing else self._reading).submit(method, request, deadline)

    async def is_answering(self) -> bool:
        """Whether the database answers; waits for nothing that callers have asked."""
        for lane in self._lanes:
            lane.end_the_silent()
        if max(lane.silence() for lane in self._lanes) > SILENT_SECONDS:
            return False
        return all([await lane.probe(PROBE, self._probe) for lane in self._lanes])

    async def close(self) -> None:
        for lane in self._lanes:
            await lane.close()


async def _to_the_end(job: Job) -> Answer:
    while True:
        try:
            return await asyncio.shield(job.answered)
        except asyncio.CancelledError:
            if not job.is_begun:
                job.answered.cancel()
                raise


def _opening(database: Database, read_only: bool = False) -> Opening:
    config = database.connection_config(read_only=read_only, create=False)
    return Opening(str(database), config.SerializeToString(), str(database.path or ""))
