"""Shares are what weights say, and keys stay where they are as far as they can."""

import subprocess
import sys
from collections import Counter

import pytest

from shipway.serving.config.traffic import Arm
from shipway.serving.traffic.arms import Arms, KeyHash

KEYS = [f"user-{number}".encode() for number in range(20_000)]
SIGMAS = 5
"""A share of n draws lies so many standard deviations from its weight at most: once in two million, it does not."""


def arms(**weights: float) -> Arms:
    return Arms([Arm(name, version, None, weight) for version, (name, weight) in enumerate(weights.items())])


def placed(arms: Arms, model: str = "m") -> dict[bytes, str]:
    hashed = KeyHash(model)
    return {key: arms.by_key(hashed(key)).name for key in KEYS}


def assert_shares(names, weights) -> None:
    names, total = list(names), sum(weights.values())
    found = Counter(names)
    for name, weight in weights.items():
        share = weight / total
        spread = SIGMAS * (len(names) * share * (1 - share)) ** 0.5
        assert abs(found[name] - len(names) * share) <= spread, (name, found)
    assert set(found) <= {name for name, weight in weights.items() if weight}


@pytest.mark.parametrize(
    "weights", [{"a": 90, "b": 10}, {"a": 1, "b": 1, "c": 1}, {"a": 0.98, "b": 0.02}, {"a": 3, "off": 0, "b": 1}]
)
def test_each_arm_gets_its_share(weights):
    chosen = arms(**weights)
    assert_shares((chosen.by_chance().name for _ in range(20_000)), weights)
    assert_shares(placed(chosen).values(), weights)


def test_a_key_has_one_arm_in_every_process():
    here = list(placed(arms(a=1, b=1, c=2)).values())[:200]
    script = (
        "from shipway.serving.config.traffic import Arm\n"
        "from shipway.serving.traffic.arms import Arms, KeyHash\n"
        "arms = Arms([Arm('a', 0, None, 1), Arm('b', 1, None, 1), Arm('c', 2, None, 2)])\n"
        "print(*[arms.by_key(KeyHash('m')(f'user-{n}'.encode())).name for n in range(200)])\n"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert there.stdout.split() == here


def test_a_change_of_weights_moves_no_more_keys_than_it_must():
    before, after = placed(arms(a=50, b=30, c=20)), placed(arms(a=50, b=20, c=30))
    moved = Counter((before[key], after[key]) for key in KEYS if before[key] != after[key])
    assert set(moved) <= {("b", "c"), ("b", "a"), ("a", "c")}
    assert sum(moved.values()) / len(KEYS) == pytest.approx(0.14, abs=0.03)


def test_an_arm_that_grows_only_takes_and_one_that_goes_only_gives():
    before, grown, gone = placed(arms(a=60, b=40)), placed(arms(a=60, b=60)), placed(arms(a=60, b=40, c=50))
    assert {(before[key], grown[key]) for key in KEYS if before[key] != grown[key]} == {("a", "b")}
    assert {(gone[key], before[key]) for key in KEYS if before[key] != gone[key]} == {("c", "a"), ("c", "b")}


def test_the_arms_order_means_nothing():
    assert placed(arms(a=1, b=2, c=3)) == placed(arms(c=3, b=2, a=1))


def test_models_divide_the_same_keys_independently():
    one, other = placed(arms(a=1, b=1), "m"), placed(arms(a=1, b=1), "n")
    assert sum(one[key] == other[key] for key in KEYS) / len(KEYS) == pytest.approx(0.5, abs=0.02)


def test_without_an_arm_the_others_share_its_keys_in_proportion():
    everything = arms(a=10, b=60, c=30)
    left = everything.without(everything.all[:1])
    assert_shares(placed(left).values(), {"b": 60, "c": 30})
    assert everything.without(everything.all) is None
