"""Requests go where the configuration says, also while versions come and go, and it changes at once."""

import asyncio
from collections import Counter

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.config.traffic import TrafficConfig
from shipway.serving.faults import Code
from shipway.serving.servable import NoVersionAvailable, ServedModel
from shipway.serving.traffic.control import UnknownModelInTraffic
from shipway.serving.traffic.division import NoArmAvailable

STABLE = {"name": "stable", "version": 1, "weight": 80}
CANARY = {"name": "canary", "label": "canary", "weight": 20}


def in_loop(scenario):
    return asyncio.run(scenario())


@pytest.fixture
def server(divided, arithmetic_model):
    """A server of versions 1, 2 and 3, the last one labelled as the canary; made in the loop."""

    def make():
        made = divided({version: arithmetic_model() for version in (1, 2, 3)})
        made.served.labels["canary"] = 3
        return made

    return make


def test_requests_are_divided_by_weight_and_named_versions_are_not(server):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE, CANARY])
        found = Counter(here.choose() for _ in range(2000))
        assert set(found) == {(1, "stable"), (3, "canary")}
        assert 300 <= found[3, "canary"] <= 500
        call = here.plane.open("m", 2, None, transport="test", header=lambda name: None)
        assert (call.servable.version, call.arm) == (2, "")
        version, arm, outputs = await here.ask(2.0)
        assert (version, arm) in {(1, "stable"), (3, "canary")}
        assert outputs["doubled"].tolist() == [4.0]

    in_loop(scenario)


def test_a_caller_stays_with_its_arm_by_a_header(server):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE, CANARY], sticky={"header": "X-User-Id"})
        for user in range(50):
            assert len({here.choose({"x-user-id": f"user-{user}"}) for _ in range(5)}) == 1
        users = Counter(here.choose({"x-user-id": f"user-{user}"}) for user in range(1000))
        assert 130 <= users[3, "canary"] <= 270
        nobody = Counter(here.choose({"x-user-id": ""}) for _ in range(300))
        assert len(nobody) == 2

    in_loop(scenario)


@pytest.mark.parametrize(
    ("key", "forms"),
    [
        ("name", lambda user: [[f"u{user}"], np.array([f"u{user}".encode()], object)]),
        ("x", lambda user: [[user / 10], np.array([user / 10], np.float32)]),
        ("x", lambda user: [[user], [float(user)]]),
    ],
    ids=["strings", "floats", "whole numbers"],
)
def test_a_caller_stays_with_its_arm_by_an_input_however_it_is_sent(server, key, forms):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE, CANARY], sticky={"input": key})
        arms = Counter()
        for user in range(60):
            feeds = [{"name": ["n"], "x": [1.0], key: form} for form in forms(user) * 4]
            found = {(await here.ask(feed=feed))[:2] for feed in feeds}
            assert len(found) == 1
            arms.update(found)
        assert set(arms) == {(1, "stable"), (3, "canary")}
        assert [servable.in_flight for servable in here.served.servables.values()] == [0, 0, 0]

    in_loop(scenario)


def test_a_request_of_another_signature_is_divided_by_weight(server):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE, CANARY], sticky={"input": "name"})
        feed = {"values": np.array([[1, 2]])}
        found = Counter([(await here.ask(feed=feed, signature="sums"))[1] for _ in range(200)])
        assert found["stable"] > found["canary"] > 10
        assert not here.counts()

    in_loop(scenario)


def test_arms_with_other_signatures_fail_nobody(server, arithmetic_model):
    async def scenario():
        here = server()
        other = arithmetic_model()
        del other.signatures["serving_default"]
        more = {"name": TensorSpec("name", "string", (None,)), "y": TensorSpec("y", "float32", (None,))}
        other.signatures["serving_default"] = Signature("serving_default", more, {})
        here.publish(3, other)
        here.divide(arms=[{**STABLE, "weight": 1}, {**CANARY, "weight": 1}], sticky={"input": "name"})
        answered = Counter()
        for user in range(60):
            call = here.plane.open("m", None, None, transport="test", header=lambda name: None)
            if call.servable.version == 1:
                with call:
                    feed = {"name": [f"u{user}"], "x": [float(user)]}
                    answer = await here.plane.infer(call, call.servable.signature(), feed, 1)
                    assert answer.arrays()["doubled"].tolist() == [2.0 * user]
                    answered[call.servable.version, call.arm] += 1
        assert set(answered) == {(1, "stable")}
        assert here.counts()["traffic_fallbacks", "canary", "signature"] > 0

    in_loop(scenario)


def test_the_traffic_of_an_arm_that_is_not_there_goes_to_the_others_and_is_counted(server):
    async def scenario():
        here = server()
        here.divide(
            arms=[STABLE, CANARY, {"name": "third", "version": 2, "weight": 20}], sticky={"header": "x-user-id"}
        )
        before = {user: here.choose({"x-user-id": user}) for user in map(str, range(500))}
        del here.served.labels["canary"]
        after = {user: here.choose({"x-user-id": user}) for user in before}
        orphans = [user for user, chosen in before.items() if chosen == (3, "canary")]
        assert {after[user] for user in orphans} == {(1, "stable"), (2, "third")}
        assert all(after[user] == chosen for user, chosen in before.items() if user not in orphans)
        assert here.counts() == {("traffic_fallbacks", "canary", "unavailable"): len(orphans)}
        assert {here.choose() for _ in range(200)} == {(1, "stable"), (2, "third")}
        here.served.labels["canary"] = 3
        assert {user: here.choose({"x-user-id": user}) for user in before} == before

    in_loop(scenario)


def test_without_any_arm_requests_are_not_ready(server, caplog):
    async def scenario():
        here = server()
        here.divide(arms=[{**STABLE, "version": 8}, {**CANARY, "label": "next"}])
        assert "The arm 'stable' of m waits for version 8, which is not available" in caplog.text
        assert "The arm 'canary' of m waits for the label 'next'" in caplog.text
        with pytest.raises(NoArmAvailable, match=r"No version of m is available for .* arms \(stable, canary\)") as no:
            here.choose()
        assert no.value.code is Code.UNAVAILABLE

    in_loop(scenario)


def test_a_request_in_hand_is_answered_when_no_arm_is_left(server):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE, CANARY], sticky={"input": "name"})
        with here.plane.open("m", None, None, transport="test", header={}.get) as call:
            version = call.servable.version
            for number in (1, 2, 3):
                here.served.withdraw(number)
            feed = {"name": ["n"], "x": [1.0]}
            await here.plane.infer(call, call.servable.signature(""), feed, 1)
            assert call.servable.version == version

    in_loop(scenario)


def test_a_change_is_in_force_from_the_next_request_on(server):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE])
        assert {here.choose() for _ in range(20)} == {(1, "stable")}
        here.divide(arms=[{**STABLE, "weight": 0}, CANARY])
        assert {here.choose() for _ in range(20)} == {(3, "canary")}
        config = here.control.current()
        assert [arm.name for arm in config.models["m"].arms] == ["stable", "canary"]
        here.control.apply(TrafficConfig())
        assert here.choose() == (3, "")
        assert here.control.current() == TrafficConfig()

    in_loop(scenario)


def test_a_configuration_for_an_unknown_model_changes_nothing(server):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE])
        before = here.control.current()
        traffic = before.models["m"]
        with pytest.raises(UnknownModelInTraffic, match=r"the model 'other', which is not served here: .* are m"):
            here.control.apply(TrafficConfig({"m": traffic, "other": traffic}))
        assert here.control.current() is before
        assert here.choose() == (1, "stable")

    in_loop(scenario)


def test_a_model_that_comes_back_has_its_traffic(server, arithmetic_model):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE])
        del here.catalog.models["m"]
        here.control.loading("m", 1)
        here.served = here.catalog.models["m"] = ServedModel("m")
        here.control.loading("m", 1)
        here.publish(1, arithmetic_model())
        here.publish(2, arithmetic_model())
        here.control.loaded("m", 1, 0.1)
        assert here.choose() == (1, "stable")
        here.catalog.models["n"] = ServedModel("n")
        here.control.loading("n", 1)
        assert here.catalog.models["n"].routing is None

    in_loop(scenario)


def test_a_request_in_hand_survives_the_end_of_its_arm(server):
    async def scenario():
        here = server()
        here.divide(arms=[STABLE], sticky={"input": "name"})
        with here.plane.open("m", None, None, transport="test", header=lambda name: None) as call:
            here.control.apply(TrafficConfig())
            here.served.withdraw(1)
            answer = await here.plane.infer(call, call.servable.signature(), {"name": ["n"], "x": [3.0]}, 1)
            assert answer.arrays()["doubled"].tolist() == [6.0]

    in_loop(scenario)


def test_a_model_with_a_shadow_alone_is_answered_by_its_latest_version(server):
    async def scenario():
        here = server()
        here.divide(shadow={"version": 1})
        assert here.choose() == (3, "latest")
        for version in (1, 2, 3):
            here.served.withdraw(version)
        with pytest.raises(NoVersionAvailable):
            here.choose()

    in_loop(scenario)
