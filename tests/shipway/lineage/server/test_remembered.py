"""Calls with an id are made once."""

import asyncio

import pytest

from shipway.lineage.server.answer import ABORTED, INVALID_ARGUMENT, OK, Answer
from shipway.lineage.server.remembered import Remembered


class Counted:
    """Makes a call, and counts how often."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.made = 0
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self) -> Answer:
        self.made += 1
        answer = self._answers.pop(0)
        await self.may_end.wait()
        return answer


FIRST = Answer(OK, "", b"first")


def run(test):
    """The test's coroutine, in an event loop of its own."""

    def runner():
        asyncio.run(test())

    runner.__name__ = test.__name__
    return runner


@run
async def test_a_second_call_gets_the_first_answer():
    remembered, make = Remembered(), Counted(FIRST)
    assert [await remembered.once("id", b"x", make) for _ in range(3)] == [FIRST] * 3
    assert make.made == 1


@run
async def test_calls_at_once_share_one():
    remembered, make = Remembered(), Counted(FIRST)
    assert await asyncio.gather(*(remembered.once("id", b"x", make) for _ in range(5))) == [FIRST] * 5
    assert make.made == 1


@run
async def test_a_refused_call_is_made_again():
    remembered, make = Remembered(), Counted(Answer(ABORTED), FIRST)
    assert (await remembered.once("id", b"x", make)).code == ABORTED
    assert await remembered.once("id", b"x", make) == FIRST


@run
async def test_an_id_stands_for_one_call():
    remembered, make = Remembered(), Counted(FIRST, FIRST)
    await remembered.once("id", b"x", make)
    assert (await remembered.once("id", b"y", make)).code == INVALID_ARGUMENT
    assert make.made == 1


@run
async def test_a_caller_that_goes_leaves_the_call_to_the_others():
    remembered, make = Remembered(), Counted(FIRST)
    make.may_end.clear()
    gone, stays = (asyncio.ensure_future(remembered.once("id", b"x", make)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    make.may_end.set()
    assert await stays == FIRST


@run
async def test_a_call_that_nobody_waits_for_is_taken_back_and_made_again():
    remembered, make = Remembered(), Counted(FIRST, FIRST)
    make.may_end.clear()
    gone = asyncio.ensure_future(remembered.once("id", b"x", make))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    make.may_end.set()
    assert await remembered.once("id", b"x", make) == FIRST
    assert make.made == 2


@run
async def test_the_oldest_are_forgotten():
    remembered, make = Remembered(most_calls=2), Counted(*[FIRST] * 4)
    for key in ("a", "b", "c"):
        await remembered.once(key, b"x", make)
    await remembered.once("c", b"x", make)
    assert make.made == 3
    await remembered.once("a", b"x", make)
    assert make.made == 4


@run
async def test_large_answers_are_forgotten_sooner():
    remembered, make = Remembered(most_bytes=8), Counted(*[FIRST] * 3)
    for key in ("a", "b", "a"):
        await remembered.once(key, b"x", make)
    assert make.made == 3
