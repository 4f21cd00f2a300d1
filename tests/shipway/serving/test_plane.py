"""Requests find the version they ask for, are counted once, and keep a version alive until they are answered."""

import asyncio

import pytest

from shipway.serving.batching.rules import BatchingRules
from shipway.serving.faults import Code, ServingFault
from shipway.serving.plane import DataPlane, TooManyRequests
from shipway.serving.servable import (
    Catalog,
    NoVersionAvailable,
    Servable,
    ServedModel,
    UnknownLabel,
    UnknownModel,
    UnknownSignature,
    UnknownVersion,
)


class Ledger:
    """An observer that writes everything down."""

    def __init__(self) -> None:
        self.codes = []
        self.refusals = []
        self.rows = 0

    def opened(self, call) -> None: ...

    def closed(self, call, code) -> None:
        self.codes.append((call.servable.version, code))

    def refused(self, transport, model, code) -> None:
        self.refusals.append((transport, model, code))

    def ran(self, servable, batch) -> None:
        self.rows += batch.rows


class Server:
    """A plane over versions of one model."""

    def __init__(self, model_class, versions=(1, 2), **limits) -> None:
        self.ledger = Ledger()
        self.catalog = Catalog()
        self.plane = DataPlane(self.catalog, [self.ledger], **limits)
        self.model = self.catalog.models["m"] = ServedModel("m")
        for version in versions:
            self.model.publish(self.servable(model_class, version))

    def servable(self, model_class, version):
        return Servable("m", version, model_class(), BatchingRules(), asyncio.get_running_loop(), self.plane.ran)

    def open(self, model="m", version=None, label=None, **options):
        return self.plane.open(model, version, label, transport="test", header=lambda name: None, **options)

    async def ask(self, x: float, **where) -> float:
        with self.open(**where) as call:
            answer = await self.plane.infer(call, call.servable.signature(), {"name": ["n"], "x": [x]}, 1)
            return float(answer.arrays()["doubled"][0])


def in_loop(scenario):
    return asyncio.run(scenario())


def test_a_request_goes_to_the_latest_version_or_to_the_one_it_names(arithmetic_model):
    async def scenario():
        server = Server(arithmetic_model)
        server.model.labels["stable"] = 1
        assert await server.ask(2.0) == 4.0
        await server.ask(2.0, version=1)
        await server.ask(2.0, label="stable")
        return server.ledger

    ledger = in_loop(scenario)
    assert ledger.codes == [(2, Code.OK), (1, Code.OK), (1, Code.OK)]
    assert ledger.rows == 3


@pytest.mark.parametrize(
    ("where", "fault", "sentence"),
    [
        ({"model": "other"}, UnknownModel, "Latest(other). Models served here: m."),
        ({"version": 9}, UnknownVersion, "Specific(m, 9). Versions available: 1, 2."),
        ({"label": "stable"}, UnknownLabel, "Unrecognized servable version label: stable. Labels of m: none."),
    ],
)
def test_what_is_not_served_is_refused_by_name_and_counted(arithmetic_model, where, fault, sentence):
    async def scenario():
        server = Server(arithmetic_model)
        with pytest.raises(fault) as caught:
            server.open(**where)
        assert sentence in str(caught.value)
        assert server.ledger.refusals == [("test", where.get("model", "m"), caught.value.code)]
        assert server.plane.in_flight == 0

    in_loop(scenario)


def test_a_model_without_a_version_is_not_ready(arithmetic_model):
    async def scenario():
        server = Server(arithmetic_model, versions=())
        with pytest.raises(NoVersionAvailable) as caught:
            server.open()
        assert caught.value.code is Code.UNAVAILABLE

    in_loop(scenario)


def test_an_unknown_signature_names_those_there_are(arithmetic_model):
    async def scenario():
        server = Server(arithmetic_model)
        known = '"nope" not found in signature def: it has mean, serving_default'
        with pytest.raises(UnknownSignature, match=known), server.open() as call:
            call.servable.signature("nope")
        assert server.ledger.codes == [(2, Code.INVALID_ARGUMENT)]

    in_loop(scenario)


def test_every_call_has_a_tracking_id_of_its_own_or_the_callers(arithmetic_model):
    async def scenario():
        server = Server(arithmetic_model)
        ids = {server.open().tracking_id for _ in range(100)}
        assert len(ids) == 100
        assert server.open(tracking_id="mine").tracking_id == "mine"

    in_loop(scenario)


def test_there_is_a_limit_and_what_was_refused_leaves_no_trace(arithmetic_model):
    async def scenario():
        server = Server(arithmetic_model, max_in_flight=1)
        with server.open():
            with pytest.raises(TooManyRequests) as caught:
                server.open()
            assert caught.value.code is Code.RESOURCE_EXHAUSTED
            assert caught.value.retry_after_seconds == 1
        with server.open():
            assert server.plane.in_flight == 1

    in_loop(scenario)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncio.CancelledError(), Code.CANCELLED),
        (ValueError("a defect"), Code.INTERNAL),
        (ServingFault("inside"), Code.INTERNAL),
        (TooManyRequests(1), Code.RESOURCE_EXHAUSTED),
    ],
)
def test_a_call_is_counted_under_what_ended_it(arithmetic_model, error, code):
    async def scenario():
        server = Server(arithmetic_model)
        with pytest.raises(type(error)), server.open():
            raise error
        assert server.ledger.codes == [(2, code)]
        assert server.plane.in_flight == server.model.latest.in_flight == 0

    in_loop(scenario)


def test_a_version_that_is_withdrawn_answers_what_it_has_in_hand(arithmetic_model):
    async def scenario():
        server = Server(arithmetic_model)
        with server.open(version=1) as call:
            old = server.model.withdraw(1)
            assert not old.drained.is_set()
            with pytest.raises(UnknownVersion):
                server.open(version=1)
            answer = await server.plane.infer(call, call.servable.signature(), {"name": ["n"], "x": [3.0]}, 1)
            assert answer.arrays()["doubled"].tolist() == [6.0]
        assert old.drained.is_set()
        old.close()
        assert old.model.is_closed
        assert server.model.withdraw(1) is None

    in_loop(scenario)


def test_an_idle_version_is_drained_at_once(arithmetic_model):
    async def scenario():
        server = Server(arithmetic_model)
        assert server.model.withdraw(2).drained.is_set()
        assert server.model.latest.version == 1

    in_loop(scenario)


class ToVersionOne:
    """Sends everything to version 1, and keeps what was answered."""

    def __init__(self) -> None:
        self.answered_calls = []

    def choose(self, model, header):
        return model.servables[2], "first"

    def settle(self, model, call):
        return model.servables[1], "settled"

    def answered(self, model, call, answer):
        self.answered_calls.append((call.arm, answer.arrays()["doubled"].tolist()))


def test_routing_may_change_its_mind_when_it_knows_the_inputs(arithmetic_model):
    async def scenario():
        server = Server(arithmetic_model)
        routing = server.model.routing = ToVersionOne()
        await server.ask(5.0)
        await server.ask(6.0, version=2)
        assert server.ledger.codes == [(1, Code.OK), (2, Code.OK)]
        assert routing.answered_calls == [("settled", [10.0])]
        assert [servable.in_flight for servable in server.model.servables.values()] == [0, 0]

    in_loop(scenario)
