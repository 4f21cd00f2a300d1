"""What is said of runs that go on in a cluster, and of executions that ended otherwise than was thought."""

import pytest

from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.lineage.live_runs import LiveRun, Waiting, live_of_run, live_runs, told_of_run
from shipway.lineage.recorder import LOST
from shipway.lineage.stamp import Stamp

TASK = TaskIdentity("penguins", "run-1", "trainer", "steps.trainer")
LIVE = LiveRun("penguins", "run-1", 1_000, "kubeflow", (Waiting("trainer", "No image \ud83d\ude80.", 2_000),))


@pytest.fixture
def lineage(tmp_path):
    with Lineage.open(tmp_path / "metadata.db") as opened:
        yield opened


def service(lineage):
    return lineage.queries().service


def test_a_run_is_known_from_the_word_alone_until_it_ends(lineage):
    lineage.go_on(LIVE)
    lineage.go_on(LIVE)
    told = live_of_run(service(lineage), "run-1")
    assert (told.pipeline, told.began_ms, told.place) == ("penguins", 1_000, "kubeflow")
    assert [one.task for one in told.waiting] == ["trainer"]
    assert [one.run_id for one in lineage.queries().runs()] == ["run-1"]
    assert [one.run_id for one in live_runs(service(lineage), "kubeflow")] == ["run-1"]
    assert list(live_runs(service(lineage), "elsewhere")) == []
    lineage.end_run("run-1", "FAILED", 5_000)
    assert told_of_run(service(lineage), "run-1").ends == (("FAILED", 5_000),)
    assert live_of_run(service(lineage), "run-1") is None


def test_a_run_that_goes_on_after_its_end_keeps_that(lineage):
    lineage.go_on(LIVE)
    lineage.end_run("run-1", "FAILED", 5_000)
    lineage.go_on(LIVE)
    lineage.end_run("run-1", "FAILED", 5_000)
    lineage.end_run("run-1", "SUCCEEDED", 9_000)
    assert told_of_run(service(lineage), "run-1").ends == (("FAILED", 5_000), ("SUCCEEDED", 9_000))


def test_a_run_that_vanished_is_ended_by_one_alone(lineage):
    lineage.begin(TASK, {}, {}, "")
    lineage.go_on(LIVE)
    assert lineage.end_vanished_run("run-1", "CANCELED", 5_000, "It was deleted.")
    assert not lineage.end_vanished_run("run-1", "CANCELED", 6_000, "It was deleted.")
    assert not lineage.end_vanished_run("run-2", "CANCELED", 6_000, "It was deleted.")
    assert [(one.state, one.error) for one in lineage.queries().run("run-1")] == [("CANCELED", "It was deleted.")]
    assert told_of_run(service(lineage), "run-1").ends == (("CANCELED", 5_000),)


def test_what_is_written_there_by_somebody_else_is_no_word(lineage):
    from shipway.lineage.calls import call, context_by_name

    lineage.go_on(LIVE)
    context = context_by_name(service(lineage), "pipeline_run", "run-1")
    for text in ("no JSON", "[]", '{"waiting": [1]}', "{}"):
        context.custom_properties["live"].string_value = text
        call(service(lineage), "PutContexts", contexts=[context])
        assert live_of_run(service(lineage), "run-1") is None
        assert list(live_runs(service(lineage), "kubeflow")) == []


def test_only_what_was_lost_without_a_word_is_explained(lineage):
    first, second = lineage.begin(TASK, {}, {}, ""), lineage.begin(TASK, {}, {}, "")
    lineage.fail(second, "It diverged.")
    for one in (first, second):
        lineage.explain(one, "It ran out of memory.")
    assert [one.error for one in lineage.queries().run("run-1")] == ["It ran out of memory.", "It diverged."]
    assert LOST not in {one.error for one in lineage.queries().run("run-1")}


def test_what_was_never_stored_is_taken_back_from_an_execution_that_ended_well(lineage):
    execution = lineage.begin(TASK, {}, {}, "", Stamp.now())
    lineage.revoke(execution, "Not yet.")
    assert lineage.queries().run("run-1")[0].state == "RUNNING"
    lineage.complete(execution, {"model": [ArtifactRecord("Model", "s3://b/m", {}, "d")]}, {})
    lineage.revoke(execution, "The bucket denied it.")
    (found,) = lineage.queries().run("run-1")
    assert (found.state, found.error) == ("FAILED", "The bucket denied it.")
    assert lineage.queries().artifact_by_uri("s3://b/m").state == "ABANDONED"
    assert lineage.queries().latest_artifact("Model") is None
