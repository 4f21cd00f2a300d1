"""Requests that arrive when they are due, whether or not earlier ones are answered: what overload is made of.

A closed loop cannot overload a server, because it asks no faster than it is answered. Arrivals here are a Poisson
process of each phase's rate. Latency counts from when a request was due, so a request that waited for its turn here
counts that too. A process of its own. Usage:
open_loop.py PORT PATH CONTENT_TYPE BODY LOG RATE:SECONDS [RATE:SECONDS...]

LOG gets one row a request as h2load writes it: due (microseconds since the epoch), status, latency (microseconds).
Status -1 is no answer within the limit, -2 no connection left to ask on, -3 a connection that was lost or not made.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path

import uvloop
from connection import LOST, Connection, request_bytes

FIRST_CONNECTIONS, MOST_CONNECTIONS = 64, 4000
ANSWER_SECONDS = 10
TICK_SECONDS = 0.001
NO_ANSWER, NO_CONNECTION = -1, -2


class OpenLoop:
    """Free connections, those under way with the time that their request was due, and the log."""

    def __init__(self, port: int, request: bytes) -> None:
        self.port = port
        self.request = request
        self.free: list[Connection] = []
        self.due: dict[Connection, float] = {}
        self.count = 0
        self.log: list[tuple[float, int, float]] = []
        self._opening: set[asyncio.Task[None]] = set()

    async def run(self, phases: list[tuple[float, float]]) -> None:
        """Every phase (arrivals a second, seconds) after the other, then the answers that are still due."""
        start = time.time()
        for rate, seconds in phases:
            end = start + seconds
            due = start + random.expovariate(rate)
            while due < end:
                now = time.time()
                while due <= now and due < end:
                    self._arrive(due)
                    due += random.expovariate(rate)
                await asyncio.sleep(TICK_SECONDS)
            start = end
        await self._settle()

    async def open(self, count: int) -> None:
        """Connections that are ready before the first arrival."""
        for _ in range(count):
            self.free.append(await self._connect())
        self.count += count

    def _arrive(self, due: float) -> None:
        while self.free:
            connection = self.free.pop()
            if connection.is_open:
                self.due[connection] = due
                connection.ask(self.request)
                return
            self.count -= 1
        if self.count >= MOST_CONNECTIONS:
            self.log.append((due, NO_CONNECTION, 0.0))
            return
        self.count += 1
        task = asyncio.get_running_loop().create_task(self._ask_on_new(due))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _ask_on_new(self, due: float) -> None:
        try:
            connection = await self._connect()
        except OSError:
            self.count -= 1
            self.log.append((due, LOST, time.time() - due))
            return
        self.due[connection] = due
        connection.ask(self.request)

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: Connection(self._answered), "127.0.0.1", self.port)
        return connection

    def _answered(self, connection: Connection, status: int, body: bytes) -> None:
        due = self.due.pop(connection)
        self.log.append((due, status, time.time() - due))
        if connection.is_open:
            self.free.append(connection)
        else:
            self.count -= 1

    async def _settle(self) -> None:
        deadline = time.time() + ANSWER_SECONDS
        while (self.due or self._opening) and time.time() < deadline:
            await asyncio.sleep(0.01)
        for connection, due in self.due.items():
            self.log.append((due, NO_ANSWER, time.time() - due))
            connection.close()


async def main() -> None:
    port, path, content_type, body, log, *phases = sys.argv[1:]
    loop = OpenLoop(int(port), request_bytes(path, content_type, Path(body).read_bytes()))
    await loop.open(FIRST_CONNECTIONS)
    await loop.run([(float(rate), float(seconds)) for rate, seconds in (phase.split(":") for phase in phases)])
    lines = (f"{due * 1e6:.0f}\t{status}\t{latency * 1e6:.0f}\n" for due, status, latency in sorted(loop.log))
    Path(log).write_text("".join(lines))


if __name__ == "__main__":
    uvloop.run(main())
