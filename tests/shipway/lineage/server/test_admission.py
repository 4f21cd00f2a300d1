"""How much the service has in hand at once."""

import asyncio

from shipway.lineage.server.admission import STOPPING, Admission
from shipway.lineage.server.answer import RESOURCE_EXHAUSTED


def test_calls_are_counted():
    admission = Admission(2, 100)
    admission.enter(1)
    assert admission.refusal(1) is None
    admission.enter(1)
    assert admission.refusal(1).code == RESOURCE_EXHAUSTED
    admission.leave(1)
    assert admission.refusal(1) is None


def test_their_bytes_are_counted():
    admission = Admission(10, 100)
    assert admission.refusal(500) is None  # alone
    admission.enter(60)
    assert admission.refusal(40) is None
    assert "calls of 100 bytes in hand" in admission.refusal(41).message
    admission.leave(60)
    assert admission.refusal(41) is None


def test_who_drains_lets_nobody_in():
    async def drained():
        admission = Admission(10, 100)
        admission.enter(1)
        draining = asyncio.ensure_future(admission.drain(20))
        await asyncio.sleep(0)
        assert admission.refusal(1) is STOPPING
        admission.leave(1)
        return await draining

    assert asyncio.run(drained()) is True


def test_a_drain_ends():
    async def drained():
        admission = Admission(10, 100)
        admission.enter(1)
        return await admission.drain(0.01)

    assert asyncio.run(drained()) is False
