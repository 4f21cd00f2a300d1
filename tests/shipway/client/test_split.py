"""Who is answered by which arm."""

import asyncio
from collections import Counter

import pytest

from shipway.client import AsyncClientSplit, BadRequest, ClientSplit


@pytest.fixture
def arms(server, replying):
    """A client for each of two models that answer with their own numbers."""
    return {
        name: server(replying(200, {"predictions": [number]})).client(model=name)
        for name, number in (("control", 1), ("treatment", 2))
    }


def test_a_caller_stays_with_its_arm_and_the_prediction_names_it(arms):
    split = ClientSplit(arms, {"control": 1, "treatment": 1}, key="user")
    answers = {"control": [1], "treatment": [2]}
    seen = {}
    for user in [*range(20), *range(20)]:
        prediction = split.predict([{"user": user}])
        assert prediction.outputs == {"outputs": answers[prediction.arm]}
        assert seen.setdefault(user, prediction.arm) == prediction.arm == split.arm_of(user)
    assert set(seen.values()) == {"control", "treatment"}


def test_arms_get_their_shares(arms):
    counts = Counter(ClientSplit(arms, {"control": 9, "treatment": 1}).arm_of(key) for key in range(10_000))
    assert 850 < counts["treatment"] < 1150
    assert set(map(ClientSplit(arms, {"control": 0, "treatment": 1}).arm_of, range(1000))) == {"treatment"}


def test_more_weight_moves_callers_one_way_only(arms):
    before, after = (
        ClientSplit(arms, {"control": 90, "treatment": 10}),
        ClientSplit(arms, {"control": 80, "treatment": 20}),
    )
    moved = {(before.arm_of(key), after.arm_of(key)) for key in range(2000)}
    assert moved == {("control", "control"), ("control", "treatment"), ("treatment", "treatment")}


def test_another_salt_is_another_test(arms):
    one, other = ClientSplit(arms, salt="june"), ClientSplit(arms, salt="july")
    same = sum(one.arm_of(key) == other.arm_of(key) for key in range(2000))
    assert 850 < same < 1150


@pytest.mark.parametrize(
    ("key", "inputs", "options"),
    [
        ("user", {"user": ["u1", "u1"], "x": [1, 2]}, {}),
        ("user", [{"user": "u1"}, {"user": "u1"}], {}),
        (lambda rows: rows[0]["who"]["id"], [{"who": {"id": "u1"}}], {}),
        (None, [1.0], {"key": "u1"}),
        ("user", [{"user": "u9"}], {"key": "u1"}),
    ],
    ids=["columns", "rows", "function", "given", "given before found"],
)
def test_ways_to_say_who_the_caller_is(arms, key, inputs, options):
    assert ClientSplit(arms, key=key).predict(inputs, **options).arm == ClientSplit(arms).arm_of("u1")


@pytest.mark.parametrize(
    ("key", "inputs", "problem"),
    [
        (None, [{"x": 1}], "Nothing says who the caller of this request is"),
        ("user", [{"x": 1}], "The request has no input 'user' that would say who its caller is"),
        (
            "user",
            [{"user": 1}, {"user": 2}],
            "The rows of the request differ in 'user', so they are not one caller's",
        ),
    ],
)
def test_a_request_of_nobody(arms, key, inputs, problem):
    with pytest.raises(BadRequest) as error:
        ClientSplit(arms, key=key).predict(inputs)
    assert str(error.value) == f"{problem}: pass key=..., which stands for the caller, such as a user's id."


@pytest.mark.parametrize(
    "weights",
    [{"control": 1}, {"control": 1, "other": 1}, {"control": -1, "treatment": 2}, {"control": 0, "treatment": 0}],
)
def test_weights_that_divide_nothing(arms, weights):
    with pytest.raises(BadRequest, match=r"do not divide the arms control, treatment: give each arm a number"):
        ClientSplit(arms, weights)


def test_the_split_for_asyncio(server, replying):
    async def ask():
        arms = {name: server(replying(200, {"predictions": [name]})).async_client() for name in ("a", "b")}
        return [await AsyncClientSplit(arms).predict([1.0], key=key) for key in range(20)]

    predictions = asyncio.run(ask())
    assert all(one.outputs == {"outputs": [one.arm]} for one in predictions)
    assert {one.arm for one in predictions} == {"a", "b"}
