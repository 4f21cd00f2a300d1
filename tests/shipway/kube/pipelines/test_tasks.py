"""From a workflow's nodes to a pipeline's tasks: names, states, times, pods."""

import base64
import gzip
import json

import pytest

from shipway.kube.pipelines.node_names import task_name
from shipway.kube.pipelines.records import ClusterRun, Pod
from shipway.kube.pipelines.tasks import tasks_of

RUN = ClusterRun("r", "r", "p", "v", "RUNNING")
CANCELLED = ClusterRun("r", "r", "p", "v", "CANCELLED")
DRIVER, EXECUTOR, POD = "system-container-driver", "system-container-executor", "system-container-impl"


def at(second):
    return f"2026-11-22T04:00:{second:02}Z" if second is not None else None


def node(name, template, phase, kind="Pod", *, start=None, end=None, message="", **outputs):
    path = f"wf.{name}"
    return {
        "id": f"wf-{abs(hash(path)) % 10**9}", "name": path, "templateName": template, "phase": phase, "type": kind,
        "startedAt": at(start), "finishedAt": at(end), "message": message,
        "outputs": {"parameters": [{"name": key.replace("_", "-"), "value": value} for key, value in outputs.items()]},
    }  # fmt: skip


def workflow(*nodes):
    return {"metadata": {"name": "wf"}, "status": {"nodes": {one["id"]: one for one in nodes}}}


def step(path, phase, *, start=10, message="", cached="false"):
    """The nodes of a task that one attempt came to."""
    pods = [] if cached == "true" else [
        node(f"{path}.executor", POD, phase, start=start + 5, end=start + 9, message=message)
    ]  # fmt: skip
    return [
        node(f"{path}-driver", DRIVER, "Succeeded", start=start, end=start + 4, cached_decision=cached),
        node(path, EXECUTOR, phase, "DAG", start=start + 5, end=start + 9),
        *pods,
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("root.train", "train"),
        ("root.condition-1.train", "train"),
        ("root.condition-branches-1.condition-2.train", "train"),
        ("root.for-loop-2.iteration-iterations(1:1).iteration-item.train", "train.1"),
        ("root.for-loop-2.iteration-iterations(1:1).iteration-item.for-loop-4.iteration-iterations(0:0).iteration-item.t",
         "t.1.0"),
        ("root.inner.train", "inner.train"),
        ("root.for-loop-2.iteration-iterations(3:3).iteration-item.inner.train", "inner.3.train"),
        ("root.exit-handler-1.onExit.clean", "clean"),
        ("root.exit-handler-1.train", "train"),
    ],
)  # fmt: skip
def test_names_are_those_of_the_local_runner(path, name):
    assert task_name(path) == name


def test_a_task_that_succeeded_takes_as_long_as_its_pod():
    (task,) = tasks_of(RUN, workflow(*step("root.train", "Succeeded")))
    assert (task.name, task.state, task.cached, task.seconds) == ("train", "SUCCEEDED", False, 4.0)
    assert len(task.pods) == 1
    assert task.driver


def test_the_pod_is_called_as_argo_calls_it():
    (task,) = tasks_of(RUN, workflow(*step("root.train", "Succeeded")))
    node_id = task.pods[0].node_id
    assert task.pods[0] == Pod(node_id, f"wf-system-container-impl-{node_id.removeprefix('wf-')}")


def test_a_cached_task_has_no_pod():
    (task,) = tasks_of(RUN, workflow(*step("root.train", "Succeeded", cached="true")))
    assert (task.state, task.cached, task.pods, task.seconds) == ("SUCCEEDED", True, [], 0.0)


def test_a_task_that_failed_has_the_message_of_its_last_attempt():
    nodes = [
        *step("root.train", "Failed")[:2],
        node("root.train.executor", "retry-system-container-impl", "Failed", "Retry", message="No more retries left"),
        node("root.train.executor(0)", POD, "Failed", start=15, end=20, message="Error (exit code 1)"),
        node("root.train.executor(1)", POD, "Failed", start=30, end=40, message="OOMKilled (exit code 137)"),
    ]
    (task,) = tasks_of(RUN, workflow(*nodes))
    assert (task.state, task.message, task.seconds) == ("FAILED", "OOMKilled (exit code 137)", 25.0)
    assert len(task.pods) == 2


def test_a_driver_that_failed_fails_its_task():
    driver = node("root.train-driver", DRIVER, "Failed", start=1, end=2, message="Error (exit code 1)")
    omitted = node("root.train", EXECUTOR, "Omitted", "Skipped")
    (task,) = tasks_of(RUN, workflow(driver, omitted))
    assert (task.state, task.message, task.pods) == ("FAILED", "Error (exit code 1)", [])


def test_what_waits_for_a_task_that_failed_is_skipped():
    omitted = [node(name, template, "Omitted", "Skipped") for name, template in
               (("root.push-driver", DRIVER), ("root.push", EXECUTOR))]  # fmt: skip
    (task,) = tasks_of(RUN, workflow(*omitted))
    assert (task.state, task.message) == ("SKIPPED", "a step that it needs did not succeed")


def test_a_condition_that_is_false_skips():
    driver = node("root.push-driver", DRIVER, "Succeeded", condition="false")
    (task,) = tasks_of(RUN, workflow(driver, node("root.push", EXECUTOR, "Skipped", "Skipped")))
    assert (task.state, task.message) == ("SKIPPED", "its condition is false")


def test_a_task_that_has_begun():
    driver = node("root.train-driver", DRIVER, "Running", start=1)
    assert tasks_of(RUN, workflow(driver))[0].state == "PENDING"
    running = [*step("root.train", "Running")[:2], node("root.train.executor", POD, "Running", start=3)]
    assert tasks_of(RUN, workflow(*running))[0].state == "RUNNING"


def test_a_pod_that_waits_says_for_what():
    waiting = node("root.train.executor", POD, "Pending", start=3, message="ImagePullBackOff: Back-off pulling image")
    (task,) = tasks_of(RUN, workflow(*step("root.train", "Running")[:2], waiting))
    assert (task.state, task.message) == ("PENDING", "ImagePullBackOff: Back-off pulling image")


def test_a_driver_that_waits_says_for_what():
    driver = node("root.train-driver", DRIVER, "Pending", start=3, message="Unschedulable: 0/1 nodes are available")
    (task,) = tasks_of(RUN, workflow(driver))
    assert (task.state, task.message) == ("PENDING", "Unschedulable: 0/1 nodes are available")


def test_a_pod_that_was_stopped_with_its_run_has_not_failed():
    stopped = step("root.train", "Failed", message="Step exceeded its deadline")
    assert tasks_of(CANCELLED, workflow(*stopped))[0].state == "CANCELLED"
    assert tasks_of(RUN, workflow(*stopped))[0].state == "FAILED"


def test_an_importer_is_one_pod():
    (task,) = tasks_of(RUN, workflow(node("root.importer", "system-importer", "Succeeded", start=1, end=3)))
    assert (task.name, task.state, task.seconds, len(task.pods)) == ("importer", "SUCCEEDED", 2.0, 1)


def test_tasks_are_in_the_order_in_which_they_began_and_groups_are_none():
    nodes = [
        node("root", "root", "Running", "DAG"),
        node("root-driver", "system-dag-driver", "Succeeded"),
        node("root.condition-1", "comp-condition-1", "Running", "DAG"),
        node("root.condition-1-driver", "system-dag-driver", "Succeeded"),
        *step("root.condition-1.second", "Succeeded", start=20),
        *step("root.first", "Succeeded", start=2),
    ]
    assert [task.name for task in tasks_of(RUN, workflow(*nodes))] == ["first", "second"]


def test_nodes_that_argo_has_packed():
    plain = workflow(*step("root.train", "Succeeded"))
    packed = base64.b64encode(gzip.compress(json.dumps(plain["status"]["nodes"]).encode())).decode()
    assert tasks_of(RUN, {**plain, "status": {"compressedNodes": packed}}) == tasks_of(RUN, plain)
    assert tasks_of(RUN, {**plain, "status": {"compressedNodes": "broken"}}) == []


def test_a_run_that_has_not_begun():
    assert tasks_of(RUN, {}) == []


def test_tasks_of_a_group_that_was_not_entered_are_skipped_too():
    templates = {
        "comp-condition-1": [
            ("push", "system-container-executor"),
            ("push-driver", DRIVER),
            ("for-loop-3", "comp-loop"),
        ],
        "comp-loop": [("iteration-driver", "system-dag-driver"), ("iteration-iterations", "comp-loop-iteration")],
        "comp-loop-iteration": [("iteration-item", "comp-body"), ("iteration-item-driver", "system-dag-driver")],
        "comp-body": [("tell", "retry-system-container-executor"), ("tell-driver", DRIVER)],
    }
    plan = [
        {"name": name, "dag": {"tasks": [{"name": task, "template": inner} for task, inner in tasks]}}
        for name, tasks in templates.items()
    ]
    condition = node("root.condition-1", "comp-condition-1", "Skipped", "Skipped")
    told = tasks_of(RUN, {**workflow(condition), "spec": {"templates": plan}})
    assert [(task.name, task.state, task.message) for task in told] == [
        ("push", "SKIPPED", "its condition is false"),
        ("tell", "SKIPPED", "its condition is false"),
    ]
