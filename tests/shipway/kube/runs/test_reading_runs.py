"""Workflows and pods as a Kubeflow Pipelines 2.15 made them: whose they are, and how they stand."""

import base64
import copy
import gzip
import json
from pathlib import Path

import pytest

from shipway.kube.runs import command_of, read_pod, read_workflow
from shipway.kube.runs.command import DRIVER, IMPORTER, STEP, Command

RECORDED = Path(__file__).with_name("recorded")
RUN = "27544bf6-ab82-46a7-aaae-e70dc838a755"


def recorded(name):
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def test_a_steps_pod_tells_its_output_file_and_its_step():
    pod = read_pod(recorded("step_failed"))
    assert (pod.run_id, pod.phase, pod.command.kind) == (RUN, "Failed", STEP)
    assert pod.command.reference == "shipway_components.trainer"
    assert pod.command.output_file.startswith(f"/minio/mlpipeline/v2/artifacts/penguins/{RUN}/hog/")


def test_a_drivers_pod_tells_the_task_that_it_prepares():
    command = read_pod(recorded("driver_pod")).command
    assert command == Command(DRIVER, "penguins", RUN, "ok", reference="shipway_components.transform")
    assert read_pod(recorded("root_driver_pod")).command == Command(DRIVER, "penguins", RUN)


def test_of_a_pod_that_succeeded_nothing_is_kept_and_of_others_no_command():
    assert read_pod(recorded("step_pod")).content == {}
    kept = read_pod(recorded("step_failed")).content
    assert kept["status"]["containerStatuses"]
    assert all("args" not in one and "command" not in one for one in kept["spec"]["containers"])


def test_what_belongs_to_no_run_is_passed_over():
    pod, workflow = recorded("step_pod"), recorded("failed_workflow")
    for content in (pod, workflow):
        content["metadata"]["labels"].pop("pipeline/runid")
    assert read_pod(pod) is None
    assert read_workflow(workflow) is None


def test_a_workflow_that_failed():
    run = read_workflow(recorded("failed_workflow"))
    assert (run.run_id, run.pipeline, run.state, run.has_steps) == (RUN, "penguins", "FAILED", True)
    assert run.ended_ms % 1000 == 999
    (node,) = run.nodes
    assert (node.phase, node.message) == ("Failed", "main: OOMKilled (exit code 1)")
    assert node.command == read_pod(recorded("step_failed")).command
    assert node.pod_name == recorded("step_failed")["metadata"]["name"]
    assert node.id == read_pod(recorded("step_failed")).node_id


def test_a_workflow_that_somebody_stopped():
    run = read_workflow(recorded("terminated_workflow"))
    assert (run.state, run.is_stopped) == ("CANCELED", True)
    assert {node.message for node in run.nodes} == {"Step exceeded its deadline"}


def test_a_workflow_that_goes_on_has_no_state():
    workflow = recorded("failed_workflow")
    workflow["status"] |= {"phase": "Running", "finishedAt": None}
    run = read_workflow(workflow)
    assert (run.state, run.ended_ms) == ("", 0)


def test_nodes_may_be_packed_or_elsewhere():
    workflow = recorded("failed_workflow")
    nodes = workflow["status"].pop("nodes")
    assert read_workflow(workflow).nodes == ()
    workflow["status"]["compressedNodes"] = base64.b64encode(gzip.compress(json.dumps(nodes).encode())).decode()
    assert read_workflow(workflow) == read_workflow(recorded("failed_workflow"))
    workflow["status"]["compressedNodes"] = "broken"
    assert read_workflow(workflow).nodes == ()


def test_a_pipeline_without_steps_of_ours_is_told():
    workflow = copy.deepcopy(recorded("failed_workflow"))
    for parameter in workflow["spec"]["arguments"]["parameters"]:
        parameter["value"] = parameter["value"].replace("shipway.step", "other.module")
    assert not read_workflow(workflow).has_steps


def test_an_importer_is_known_by_its_task():
    words = ["launcher-v2", "--executor_type", "importer", "--task_spec", '{"taskInfo":{"name":"importer"}}']
    words += ["--pipeline_name", "penguins", "--run_id", "r1"]
    assert command_of(words) == Command(IMPORTER, "penguins", "r1", "importer")


@pytest.mark.parametrize("words", [[], ["sleep", "5"], ["--", "--pipeline_name"], ["--pipeline_name", "p", "--run_id"]])
def test_other_commands_are_of_no_run(words):
    assert command_of(words) is None


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"outputs": 3}', "[" * 100_000])
def test_an_executor_input_that_is_none_gives_no_output_file(text):
    words = ["launch", "--pipeline_name", "p", "--run_id", "r", "--executor_input", text, "--", "python"]
    assert command_of(words) == Command(STEP, "p", "r")
