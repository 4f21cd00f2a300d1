"""Asks a server for thousands of distinct rows, many in flight, and compares every answer with the model's own.

A server that batches can hand an answer to the wrong caller, or none: each answer holds its row's number, so either
shows here. A process of its own. Usage: row_check.py PORT PROTOCOL ANSWERS MODEL ROWS IN_FLIGHT PASSES; prints one line
of JSON with `asked`, `right`, `wrong`, `failed`, `seconds`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from pathlib import Path

import features
import payloads
import uvloop
from connection import Connection, request_bytes

TOLERANCE = 2e-3
"""Batches of other sizes round otherwise, by the last bits of a float32 of up to 4,096; rows differ by about 1."""

LIMIT_SECONDS = 120


class Tally:
    """What is left to ask, and what came of what was asked."""

    def __init__(self, answers: list[float], passes: int) -> None:
        self.answers = answers
        self.waiting = deque(number for _ in range(passes) for number in range(len(answers)))
        self.asked = len(self.waiting)
        self.right = self.wrong = self.failed = 0

    @property
    def done(self) -> bool:
        return self.right + self.wrong + self.failed == self.asked

    def note(self, number: int, answer: float | None) -> None:
        if answer is None:
            self.failed += 1
        elif abs(answer - self.answers[number]) <= TOLERANCE:
            self.right += 1
        else:
            self.wrong += 1


async def over_rest(port: int, protocol: payloads.Protocol, tally: Tally, in_flight: int) -> None:
    """Each of `in_flight` connections asks for the next row as soon as it is answered."""
    bodies = [protocol.encode([features.row(number)]) for number in range(len(tally.answers))]
    requests = [request_bytes(protocol.path, protocol.content_type, body) for body in bodies]
    asked: dict[Connection, int] = {}
    done = asyncio.Event()

    def ask(connection: Connection) -> None:
        if tally.waiting:
            asked[connection] = tally.waiting.popleft()
            connection.ask(requests[asked[connection]])

    def answered(connection: Connection, status: int, body: bytes) -> None:
        tally.note(asked[connection], protocol.decode(body) if status == 200 else None)
        if connection.is_open:
            ask(connection)
        if tally.done:
            done.set()

    loop = asyncio.get_running_loop()
    for _ in range(in_flight):
        _, connection = await loop.create_connection(lambda: Connection(answered), "127.0.0.1", port)
        ask(connection)
    await asyncio.wait_for(done.wait(), LIMIT_SECONDS)


async def over_grpc(port: int, protocol: payloads.Protocol, tally: Tally, in_flight: int) -> None:
    """`in_flight` calls at a time on one channel."""
    import grpc

    prefix = len(payloads.framed(b""))
    messages = [protocol.encode([features.row(number)])[prefix:] for number in range(len(tally.answers))]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary(protocol.path)

        async def caller() -> None:
            while tally.waiting:
                number = tally.waiting.popleft()
                try:
                    tally.note(number, protocol.decode(await call(messages[number], timeout=LIMIT_SECONDS)))
                except grpc.aio.AioRpcError:
                    tally.note(number, None)

        await asyncio.gather(*(caller() for _ in range(in_flight)))


async def main() -> None:
    port, name, answers, model, rows, in_flight, passes = sys.argv[1:8]
    protocol = next(protocol for protocol in payloads.PROTOCOLS if protocol.name == name)
    tally = Tally(json.loads(Path(answers).read_text())[model][: int(rows)], int(passes))
    started = time.perf_counter()
    try:
        await (over_grpc if protocol.is_grpc else over_rest)(int(port), protocol, tally, int(in_flight))
    except TimeoutError:
        print(f"No answer to some rows within {LIMIT_SECONDS} s.", file=sys.stderr)
    seconds = time.perf_counter() - started
    failed = tally.asked - tally.right - tally.wrong
    report = {"asked": tally.asked, "right": tally.right, "wrong": tally.wrong, "failed": failed}
    print(json.dumps(report | {"in_flight": int(in_flight), "seconds": round(seconds, 3)}))


if __name__ == "__main__":
    uvloop.run(main())
