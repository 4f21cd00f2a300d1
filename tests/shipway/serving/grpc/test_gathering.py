"""Who asks alone never waits; who comes with others goes on with them."""

import asyncio
import time

import pytest

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def gathering():
    from shipway.serving.grpc.gathering import Gathering

    return Gathering


async def request(gathering, together, seconds=0.0):
    wait = gathering.join()
    try:
        if wait is not None:
            await wait
        together.append(gathering)
        if seconds:
            await asyncio.sleep(seconds)
    finally:
        gathering.leave()
    return wait is not None


def test_one_after_the_other_nobody_waits(gathering):
    async def play():
        group, waited = gathering(asyncio.get_running_loop()), []
        for _ in range(500):
            waited.append(await request(group, []))
            for _ in range(3):  # no caller asks again before the loop has sent him his answer
                await asyncio.sleep(0)
        return waited, group.expected

    assert asyncio.run(play()) == ([False] * 500, 1)


def test_who_is_answered_at_once_still_shows_those_who_came_with_him(gathering):
    async def play():
        group = gathering(asyncio.get_running_loop())
        alone = []
        for _ in range(2):
            assert group.join() is None
            alone.append(group.has_one)
            group.leave()
            await asyncio.sleep(0)
        return alone, group.expected

    assert asyncio.run(play()) == ([True, False], 2)


def test_groups_grow_to_all_who_keep_asking(gathering):
    """Eight callers, whose requests arrive one in each round of the loop."""

    async def play():
        group, sizes = gathering(asyncio.get_running_loop()), []

        async def caller(number):
            for _ in range(60):
                for _ in range(number):
                    await asyncio.sleep(0)
                wait = group.join()
                if wait is not None:
                    await wait
                sizes.append(group.expected)
                await asyncio.sleep(0.001)
                group.leave()

        await asyncio.gather(*map(caller, range(8)))
        return max(sizes)

    assert asyncio.run(play()) >= 8


def test_when_the_others_are_gone_the_last_one_soon_waits_no_more(gathering):
    async def play():
        group = gathering(asyncio.get_running_loop())
        group.expected = 32
        begun = time.monotonic()
        waited = [await request(group, []) for _ in range(10)]
        return waited, time.monotonic() - begun, group.expected

    waited, seconds, expected = asyncio.run(play())
    assert waited == [True] * 5 + [False] * 5
    assert expected == 1
    assert seconds < 0.5


def test_a_caller_who_gives_up_does_not_hold_up_the_group(gathering):
    async def play():
        group = gathering(asyncio.get_running_loop())
        group.expected = 3
        first, second = (asyncio.create_task(request(group, [])) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second
        return first.cancelled()

    assert asyncio.run(play())
