"""Callers that take turns."""

import fcntl

import grpc
import pytest

from shipway.lineage.server import locks

SECONDS = 20


class Holder:
    """A caller of the lock, by its stream."""

    def __init__(self, channel, name=b"recording", timeout=SECONDS):
        self._stream = channel.unary_stream("/shipway.metadata.Lock/Hold")(name, timeout=timeout)

    def granted(self):
        """Wait until the lock is this caller's."""
        return next(self._stream) == locks.GRANTED

    def let_go(self):
        self._stream.cancel()

    def refusal(self):
        with pytest.raises(grpc.RpcError) as refused:
            next(self._stream)
        return refused.value.code()


@pytest.fixture(scope="module")
def store_file(tmp_path_factory):
    return tmp_path_factory.mktemp("home") / "metadata.db"


@pytest.fixture(scope="module")
def service(store_file, run_service):
    """One for all tests: none leaves a lock behind."""
    with run_service(store_file) as started:
        yield started


@pytest.fixture
def channel(service):
    with service.channel() as opened:
        yield opened


def test_waiting_callers_are_served_in_order(channel):
    first = Holder(channel)
    assert first.granted()
    waiting = []
    for _ in range(4):
        waiting.append(Holder(channel))
        assert (
            Holder(channel, timeout=0.1).refusal() is grpc.StatusCode.DEADLINE_EXCEEDED
        )  # and those before are queued
    first.let_go()
    for holder in waiting:
        assert holder.granted()
        assert Holder(channel, timeout=0.1).refusal() is grpc.StatusCode.DEADLINE_EXCEEDED
        holder.let_go()


def test_locks_of_other_names_are_others(channel):
    one, other = Holder(channel), Holder(channel, "été".encode())
    assert one.granted()
    assert other.granted()
    one.let_go()
    other.let_go()


def test_a_lock_ends_with_its_callers_connection(service, channel):
    with service.channel() as dying:
        assert Holder(dying).granted()
        waiting = Holder(channel)
    assert waiting.granted()
    waiting.let_go()


def test_a_lock_is_not_held_for_ever(run_service, tmp_path, monkeypatch):
    monkeypatch.setattr(locks.Locks.__init__, "__defaults__", (0.05,))
    with run_service(tmp_path / "metadata.db") as service, service.channel() as channel:
        holder, next_one = Holder(channel), Holder(channel)
        assert holder.granted()
        assert next_one.granted()
        assert holder.refusal() is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("name", [b"", b"x" * 201, b"\xff"], ids=["none", "too long", "no text"])
def test_a_name_is_a_text(channel, name):
    assert Holder(channel, name).refusal() is grpc.StatusCode.INVALID_ARGUMENT


def test_those_who_write_the_file_themselves_wait_too(channel, store_file):
    holder = Holder(channel)
    assert holder.granted()
    with store_file.with_name("metadata.db.lock").open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.let_go()
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = Holder(channel, timeout=0.1)
        assert waiting.refusal() is grpc.StatusCode.DEADLINE_EXCEEDED
    after = Holder(channel)
    assert after.granted()
    after.let_go()


def test_who_waits_is_told_that_the_service_stops(run_service, tmp_path):
    with run_service(tmp_path / "metadata.db") as service, service.channel() as channel:
        holder = Holder(channel)
        assert holder.granted()
        waiting = Holder(channel)
        assert (
            Holder(channel, timeout=0.1).refusal() is grpc.StatusCode.DEADLINE_EXCEEDED
        )  # and the one before is queued
        stopped = service.stop()
        assert waiting.refusal() is grpc.StatusCode.UNAVAILABLE
        stopped.result(SECONDS)
