"""What is done next, for where the versions are."""

from pathlib import Path

import pytest

from shipway.serving.lifecycle.transition import Standing, Transition, next_transition


def at(*versions: int, base: str = "m") -> dict[int, Path]:
    return {version: Path(base, str(version)) for version in versions}


def standing(**given) -> Standing:
    return Standing(**{"aspired": {}, "loaded": {}, "loading": {}, **given})


@pytest.mark.parametrize(
    ("standing", "transition"),
    [
        (standing(aspired=at(1, 3, 2)), Transition(load=(3, 2, 1))),
        (standing(aspired=at(2), loaded=at(1)), Transition(load=(2,))),
        (standing(aspired=at(2), loaded=at(1), loading=at(2)), Transition()),
        (standing(aspired=at(2), loaded=at(1, 2)), Transition(withdraw=frozenset({1}))),
        (standing(aspired=at(2), loaded=at(1), failed={2}), Transition()),
        (standing(aspired=at(2, 3), loaded=at(1, 2), loading=at(3)), Transition()),
        (standing(aspired=at(2, 3), loaded=at(1, 2), failed={3}), Transition(withdraw=frozenset({1}))),
        (standing(aspired=at(3), loaded=at(1), loading=at(2)), Transition(load=(3,), give_up=frozenset({2}))),
        (standing(aspired=at(1), loaded=at(2), unloading={1}), Transition()),
        (standing(loaded=at(1, 2)), Transition(withdraw=frozenset({1, 2}))),
        (standing(loaded=at(1), is_awaited=True), Transition()),
        (standing(aspired=at(1, base="n"), loaded=at(1)), Transition(load=(1,))),
        (standing(aspired=at(1, base="n"), loaded=at(1), loading=at(1)), Transition(give_up=frozenset({1}))),
        (standing(aspired=at(1, base="n"), loaded=at(1, 2), failed={1}), Transition()),
    ],
    ids=[
        "the latest first",
        "the old one stays while the new one is to be loaded",
        "and while it is loading",
        "and goes when it is there",
        "and stays when it has failed",
        "nothing goes while one is coming",
        "a failure keeps nothing that another has replaced",
        "a newer one makes a load superfluous",
        "what is being unloaded is loaded again afterwards",
        "nothing is wanted any more",
        "a version is wanted by its number and not there",
        "the same version from elsewhere",
        "a load from where it is not wanted any more",
        "failed from elsewhere",
    ],
)
def test_what_is_done_next(standing, transition):
    assert next_transition(standing) == transition
