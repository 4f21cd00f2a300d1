"""Back to a version that served before, and to nothing else."""

import pytest

from shipway.kube.serving.asking import ask_made_up_row
from shipway.kube.serving.faults import (
    AlreadyServed,
    DeploymentFailed,
    NoSuchVersion,
    NothingBefore,
    NotOurs,
    VersionGone,
)
from shipway.kube.serving.identity import history_of, served_version, withdrawn_of
from shipway.kube.serving.rolling_back import roll_back, version_to_go_back_to


@pytest.fixture
def back(cluster, objects):
    def go_back(to="", lies=lambda uri: True, timeout=0.2):
        service = birds(objects)
        return roll_back(cluster, service, version_to_go_back_to(service, to), ask_made_up_row, timeout, lies)

    return go_back


def birds(objects):
    return objects.find("inferenceservices", "team-a", "birds")


def test_the_version_before_serves_again_with_all_that_is_known_of_it(push, back, objects):
    push(1, min_replicas=2)
    push(2)
    back()
    current = served_version(birds(objects))
    assert (current.version, current.digest, current.run, current.storage_uri) == (
        "1", "d1", "run-1", "s3://models/birds/1",
    )  # fmt: skip
    assert birds(objects)["spec"]["predictor"]["minReplicas"] == 2
    assert [one.version for one in history_of(birds(objects))] == ["2"]
    assert withdrawn_of(birds(objects)) == ["2"]


def test_a_version_that_is_named_serves_again(push, back, objects):
    for version in (1, 2, 3):
        push(version)
    back("1")
    assert served_version(birds(objects)).version == "1"
    assert [one.version for one in history_of(birds(objects))] == ["3", "2"]
    back("3")
    assert served_version(birds(objects)).version == "3"
    assert withdrawn_of(birds(objects)) == ["1"], "who goes to a version takes back that it was left"


def test_going_back_twice_does_not_return_to_what_was_left(push, back, objects):
    for version in (1, 2, 3):
        push(version)
    back()
    back()
    assert served_version(birds(objects)).version == "1"
    with pytest.raises(NothingBefore):
        back()


def test_what_does_not_answer_is_taken_back(push, back, objects, kserve):
    push(1)
    push(2)
    kserve.trouble["1"] = {"status": {}}
    with pytest.raises(DeploymentFailed, match="version 2 goes on serving"):
        back()
    assert withdrawn_of(birds(objects)) == []


@pytest.mark.parametrize(
    ("to", "fault", "sentence"),
    [
        ("9", NoSuchVersion, "cannot go back to version '9' .those before were 1."),
        ("2", AlreadyServed, "serves version '2' already"),
    ],
)
def test_what_is_not_there_is_refused(push, back, to, fault, sentence):
    push(1)
    push(2)
    with pytest.raises(fault, match=sentence):
        back(to)


def test_files_that_are_gone_are_told_before_anything_is_changed(push, back, objects):
    push(1)
    push(2)
    with pytest.raises(VersionGone, match="lies no longer at 's3://models/birds/1'"):
        back(lies=lambda uri: False)
    assert served_version(birds(objects)).version == "2"


def test_what_others_made_is_left_alone(push, back, objects):
    push(1)
    birds(objects)["metadata"]["labels"] = {}
    with pytest.raises(NotOurs):
        back()


def test_a_history_that_cannot_be_read_is_none(push, objects):
    push(1)
    told = birds(objects)["metadata"]["annotations"]
    for text in ("{", "{}", '[1, {"version": ""}]'):
        told["shipway.dev/history"] = text
        assert history_of(birds(objects)) == []
