"""Runs: started, listed, found, retried and terminated."""

import json

import pytest

from shipway.kube.pipelines.names import AmbiguousName, UnknownName
from shipway.kube.pipelines.runs import (
    LostWorkflow,
    NotFailed,
    RunRequest,
    create_run,
    find_run,
    list_runs,
    retry_run,
    terminate_run,
)
from shipway.kube.pipelines.versions import upload

ID = "5e0bbd3f-6f54-4a5c-a1a9-6a2f0d9c7b11"
OTHER = "77777777-6f54-4a5c-a1a9-6a2f0d9c7b11"


def test_a_run_is_started_with_what_was_asked_for(pipelines, api, package):
    version = upload(api, package)
    request = RunRequest(
        version, {"rows": 5}, name="mine", experiment="nightly", service_account="trainer", pipeline_root="s3://b/r"
    )
    run = create_run(api, request)
    sent = pipelines.runs[run.run_id]
    assert sent["display_name"] == "mine"
    assert sent["runtime_config"] == {"parameters": {"rows": 5}, "pipeline_root": "s3://b/r"}
    assert sent["service_account"] == "trainer"
    assert sent["pipeline_version_reference"]["pipeline_version_id"] == version.version_id
    assert pipelines.experiments[sent["experiment_id"]]["display_name"] == "nightly"
    assert (run.pipeline, run.state) == ("hello", "PENDING")


def test_an_experiment_is_made_once(pipelines, api, package):
    version = upload(api, package)
    for _ in range(2):
        create_run(api, RunRequest(version))
    assert [one["display_name"] for one in pipelines.experiments.values()] == ["Default"]


def test_runs_are_listed_newest_first_with_the_names_of_their_pipelines(pipelines, api):
    for number in range(150):
        pipelines.add_run(f"run-{number}", f"taxi {number}", "SUCCEEDED", pipeline="taxi")
    pipelines.add_run("other", "flights 1", "FAILED", pipeline="flights")
    listed = list_runs(api, limit=3)
    assert [(one.run_id, one.pipeline) for one in listed] == [
        ("other", "flights"), ("run-149", "taxi"), ("run-148", "taxi"),
    ]  # fmt: skip
    assert len(list_runs(api)) == 151
    assert [one.run_id for one in list_runs(api, pipeline="flights")] == ["other"]


def test_only_the_pipelines_that_are_shown_are_asked_for(pipelines, api):
    for number in range(50):
        pipelines.add_run(f"run-{number}", f"run {number}", "SUCCEEDED", pipeline="taxi" if number % 2 else "flights")
    pipelines.requests.clear()
    list_runs(api, limit=20)
    assert sum("/pipelines/" in path for _, path in pipelines.requests) == 2


def test_a_run_is_found_by_id_by_its_beginning_and_by_name(pipelines, api):
    pipelines.add_run(ID, "taxi monday", "SUCCEEDED", pipeline="taxi")
    pipelines.add_run(OTHER, "taxi tuesday", "SUCCEEDED")
    for text in (ID, "5e0bbd", "taxi monday"):
        assert find_run(api, text).run_id == ID
    assert find_run(api, ID).parameters == {"rows": 5}
    assert find_run(api, ID).seconds == 2


def test_an_unknown_run_names_the_nearest(pipelines, api):
    pipelines.add_run(ID, "taxi monday", "SUCCEEDED")
    with pytest.raises(UnknownName, match=r"no run 'taxi mondy' \(did you mean 'taxi monday'\?\)"):
        find_run(api, "taxi mondy")
    for text in ("0000", " ", "../pipelines"):
        with pytest.raises(UnknownName, match="shipway runs --cluster"):
            find_run(api, text)


def test_a_name_that_two_runs_have(pipelines, api):
    for run_id in (ID, OTHER):
        pipelines.add_run(run_id, "nightly", "SUCCEEDED")
    with pytest.raises(AmbiguousName, match=ID):
        find_run(api, "nightly")


def test_a_run_that_was_terminated_is_cancelled_and_not_failed(pipelines, api):
    pipelines.add_run(ID, "taxi", "RUNNING")
    terminate_run(api, find_run(api, ID))
    assert find_run(api, ID).state == "CANCELLED"


def test_a_run_whose_workflow_is_gone_cannot_be_ended(pipelines, api):
    pipelines.add_run(ID, "taxi", "RUNNING")
    message = f'Failed to terminate run {ID}: workflows.argoproj.io "taxi-x" not found'
    pipelines.answer_badly(500, json.dumps({"message": message}), paths=":terminate")
    with pytest.raises(LostWorkflow, match="nothing of it runs any more"):
        terminate_run(api, find_run(api, ID))


def test_a_run_that_failed_after_a_retry_of_a_terminated_one_has_failed(pipelines, api):
    past = [{"state": one} for one in ("RUNNING", "CANCELING", "FAILED", "RUNNING", "FAILED")]
    pipelines.add_run(ID, "taxi", "FAILED", state_history=past)
    assert find_run(api, ID).state == "FAILED"


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_run_that_did_not_succeed_is_retried(pipelines, api, state):
    past = [{"state": "CANCELING"}] if state == "CANCELLED" else []
    pipelines.add_run(ID, "taxi", "FAILED", state_history=past)
    retry_run(api, find_run(api, ID))
    assert find_run(api, ID).state == "RUNNING"


@pytest.mark.parametrize(("state", "advice"), [("RUNNING", "wait for its end"), ("SUCCEEDED", "shipway submit taxi")])
def test_any_other_run_is_not(pipelines, api, state, advice):
    pipelines.add_run(ID, "taxi 1", state, pipeline="taxi")
    with pytest.raises(NotFailed, match=advice):
        retry_run(api, find_run(api, ID))
    assert not any(path.endswith(":retry") for _, path in pipelines.requests)


def test_a_run_of_a_spec_of_its_own_has_the_name_that_it_holds(pipelines, api):
    spec = {"pipeline_spec": {"pipelineInfo": {"name": "adhoc"}}}
    pipelines.add_run(ID, "by hand", "SUCCEEDED", pipeline_version_reference=None, pipeline_spec=spec)
    assert find_run(api, ID).pipeline == "adhoc"
