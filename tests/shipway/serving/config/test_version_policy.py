import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.serving.config.version_policy import VersionPolicy

versions = st.sets(st.integers(0, 2**63 - 1))


@given(versions, st.integers(0, 5))
def test_latest_are_the_highest(available, count):
    aspired = VersionPolicy.latest(count).aspired(available)
    assert len(aspired) == min(max(count, 1), len(available))
    assert all(chosen > other for chosen in aspired for other in available - aspired)


@given(versions)
def test_all(available):
    assert VersionPolicy.all().aspired(available) == available


@given(versions, versions)
def test_specific_are_those_asked_for_that_are_there(available, wanted):
    policy = VersionPolicy.specific(wanted)
    assert policy.aspired(available) == available & wanted
    assert policy.aspired(available) | policy.missing(available) == wanted


def test_nothing_there():
    assert VersionPolicy().aspired([]) == frozenset()


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (VersionPolicy(), "latest 1"),
        (VersionPolicy.all(), "all"),
        (VersionPolicy.specific([9, 4]), "specific 4, 9"),
        (VersionPolicy.specific([]), "specific none"),
    ],
)
def test_how_a_policy_is_written_in_logs(policy, text):
    assert str(policy) == text
