"""When a run has finished, from times alone."""

import pytest

from shipway.exporter.run_endings import Attempt, Ending, endings

QUIET, NEVER = 60, 10_000
DONE = Attempt("a", "COMPLETE", 0, 10)
FAILED = Attempt("b", "FAILED", 12, 20)


def ended(*attempts, words=(), now=NEVER):
    return endings(attempts, words, QUIET, now)[0]


def test_a_run_is_over_after_some_quiet():
    assert endings([DONE], [], QUIET, 69) == ([], True)
    assert endings([DONE], [], QUIET, 70) == ([Ending("SUCCEEDED", 0, 10)], False)


def test_nothing_recorded_is_no_run():
    assert endings([], [], QUIET, NEVER) == ([], False)


def test_what_runs_is_not_over_however_long_it_takes():
    assert endings([DONE, Attempt("b", "RUNNING", 11, 11)], [], QUIET, NEVER) == ([], True)


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (("COMPLETE", "CACHED"), "SUCCEEDED"),
        (("COMPLETE", "FAILED"), "FAILED"),
        (("CANCELED", "COMPLETE"), "CANCELED"),
        (("CANCELED", "FAILED"), "FAILED"),
    ],
)
def test_the_state_is_that_of_the_last_attempts(states, state):
    attempts = [Attempt(f"task-{n}", one, n, n + 1) for n, one in enumerate(states)]
    assert ended(*attempts) == [Ending(state, 0, 2)]


def test_a_retry_that_works_makes_good_what_failed():
    assert ended(FAILED, Attempt("b", "COMPLETE", 30, 40)) == [Ending("SUCCEEDED", 12, 40)]


def test_a_run_that_is_resumed_later_ends_twice():
    again = Attempt("b", "COMPLETE", 500, 520)
    assert ended(DONE, FAILED, again) == [Ending("FAILED", 0, 20), Ending("SUCCEEDED", 500, 520)]


def test_the_runner_is_believed_at_once_and_before_the_states():
    assert endings([DONE, FAILED], [("SUCCEEDED", 22)], QUIET, 22) == ([Ending("SUCCEEDED", 0, 22)], False)


def test_each_word_ends_a_stretch():
    again = Attempt("b", "COMPLETE", 30, 40)
    words = [("FAILED", 21), ("SUCCEEDED", 41)]
    assert ended(DONE, FAILED, again, words=words) == [Ending("FAILED", 0, 21), Ending("SUCCEEDED", 30, 41)]


def test_a_life_without_steps_counts_by_its_word_alone():
    words = [("FAILED", 21), ("SUCCEEDED", 50)]
    assert ended(DONE, FAILED, words=words) == [Ending("FAILED", 0, 21), Ending("SUCCEEDED", 50, 50)]


def test_a_word_is_believed_even_of_a_run_that_seems_to_run():
    assert endings([Attempt("a", "RUNNING", 0, 0)], [("CANCELED", 5)], QUIET, NEVER) == (
        [Ending("CANCELED", 0, 5)],
        False,
    )


def test_endings_are_only_ever_added():
    attempts = [DONE, FAILED, Attempt("b", "COMPLETE", 500, 520), Attempt("c", "COMPLETE", 2000, 2100)]
    seen = []
    for now in range(0, 3000, 7):
        known = [one for one in attempts if one.began_ms <= now]
        so_far = [one if one.ended_ms <= now else one._replace(state="RUNNING") for one in known]
        found, _ = endings(so_far, [], QUIET, now)
        assert found[: len(seen)] == seen
        seen = found
    assert [one.state for one in seen] == ["FAILED", "SUCCEEDED", "SUCCEEDED"]
