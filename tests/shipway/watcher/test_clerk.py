"""What the metadata store says after things have happened in a cluster, each record once."""

import time


def test_a_step_that_was_killed_is_recorded_with_its_reason(scene, of):
    scene.begin("trainer")
    scene.listed([of.pod("trainer", "Running")], [of.workflow("Running")])
    assert scene.run()["trainer"][0] == "RUNNING"
    scene.told(of.pod("trainer", "Failed", **of.container("OOMKilled", 137)))
    state, error = scene.run()["trainer"]
    assert state == "FAILED"
    assert error.startswith(
        "Step 'trainer' ran out of memory: container 'main' of pod 'run-1-trainer' was killed at its"
    )
    assert "memory limit of 2Gi" in error
    (execution,) = scene.lineage.queries().run("run-1")
    assert execution.updated_ms == (of.BEGAN + 20) * 1000


def test_what_a_step_has_said_of_its_failure_stands(scene, of):
    scene.lineage.fail(scene.begin("trainer"), "There are no rows.")
    scene.listed([of.pod("trainer", "Failed", **of.container("Error"))], [of.workflow("Failed", ended=30)])
    assert scene.run() == {"trainer": ("FAILED", "There are no rows.")}
    assert scene.ends() == ["FAILED"]


def test_a_step_that_never_began_is_recorded(scene, of):
    failed = of.pod("trainer", "Failed", reason="Evicted", message="The node was low on resource: memory. ")
    scene.listed([failed], [of.workflow("Failed", ended=30)])
    state, error = scene.run()["trainer"]
    assert state == "FAILED"
    assert "evicted because the node ran out of memory" in error
    assert scene.ends() == ["FAILED"]


def test_a_second_watcher_and_one_that_is_started_anew_record_nothing_twice(scene, of):
    cluster = [of.pod("trainer", "Failed", **of.container("OOMKilled", 137))], [of.workflow("Failed", ended=30)]
    for _ in range(3):
        scene.listed(*cluster)
        scene.new_watcher()
    scene.listed(*cluster)
    scene.listed(*cluster)
    assert scene.tries() == [("trainer", "FAILED")]
    assert scene.ends() == ["FAILED"]


def test_a_run_that_is_tried_again_ends_again(scene, of):
    scene.listed([of.pod("trainer", "Failed", **of.container("Error"))], [of.workflow("Failed", ended=30)])
    scene.told(of.pod("trainer", "Failed", **of.container("Error")), gone=True)
    scene.told(of.workflow("Running"))
    assert scene.live() is not None
    scene.lineage.complete(scene.begin("trainer", began=102), {}, {})
    scene.told(of.pod("trainer", "Succeeded", uid="again", begun=100), of.workflow("Succeeded", ended=130))
    assert scene.ends() == ["FAILED", "SUCCEEDED"]
    assert scene.tries() == [("trainer", "FAILED"), ("trainer", "COMPLETE")]
    assert scene.live() is None


def test_a_try_of_the_same_pod_name_is_told_from_the_one_before(scene, of):
    scene.lineage.fail(scene.begin("trainer", began=12), "The first.")
    scene.listed([], [of.workflow("Running")])
    again = of.pod("trainer", "Failed", uid="again", begun=100, **of.container("OOMKilled", 137, ended=110))
    scene.told(again)
    assert scene.tries() == [("trainer", "FAILED"), ("trainer", "FAILED")]
    assert "ran out of memory" in scene.run()["trainer"][1]


def test_steps_that_cannot_begin_are_told_while_they_wait(scene, of):
    stuck = of.pod("trainer", "Pending", **of.waiting("ImagePullBackOff", "not found"))
    scene.listed([stuck], [of.workflow("Running")])
    (one,) = scene.live().waiting
    assert one.task == "trainer"
    assert "'registry.example/train:1' of container 'main' of pod 'run-1-trainer' cannot be pulled" in one.sentence
    assert scene.run() == {}
    assert scene.ends() == []
    scene.begin("trainer")
    scene.told(of.pod("trainer", "Running"))
    assert scene.live().waiting == ()


def test_a_node_is_waited_for_in_silence_for_a_minute(scene, of):
    now = time.time() - of.BEGAN
    for since, told in ((now - 30, 0), (now - 90, 1)):
        scene.new_watcher()
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(of.BEGAN + since))
        condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": moment}
        scene.listed([of.pod("trainer", "Pending", conditions=[condition])], [of.workflow("Running")])
        assert len(scene.live().waiting) == told


def test_events_are_asked_for_where_a_pod_waits_without_a_word(scene, of):
    scene.events["uid-trainer"] = [
        {"reason": "FailedMount", "message": 'MountVolume.SetUp failed for volume "data" : secret "s" not found'}
    ]
    scene.listed([of.pod("trainer", "Pending")], [of.workflow("Running")])
    scene.clerk.turn(0.0)
    scene.clerk.turn(0.0)
    assert scene.asked == ["uid-trainer"]
    assert "volume 'data' of pod 'run-1-trainer' wants the Secret 's'" in scene.live().waiting[0].sentence


def test_what_admission_refuses_has_no_pod_and_is_recorded(scene, of):
    said = 'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'
    scene.listed([], [of.workflow("Failed", ended=30, nodes=[of.node("trainer", "Error", said)])])
    state, error = scene.run()["trainer"]
    assert state == "FAILED"
    assert "was not let into the cluster" in error
    assert "violates PodSecurity" in error
    assert "kubectl describe namespace -n team" in error


def test_a_quota_that_is_used_up_is_waited_for(scene, of):
    said = 'pods "x" is forbidden: exceeded quota: team, requested: limits.memory=2Gi'
    scene.listed([], [of.workflow("Running", nodes=[of.node("trainer", "Pending", said)])])
    assert "exceeded quota: team" in scene.live().waiting[0].sentence
    assert scene.run() == {}


def test_a_pod_that_was_deleted_while_nobody_looked_is_told_by_its_workflow(scene, of):
    scene.begin("trainer")
    scene.listed([], [of.workflow("Failed", ended=30, nodes=[of.node("trainer", "Error", "pod deleted")])])
    state, error = scene.run()["trainer"]
    assert state == "FAILED"
    assert "is gone; what Argo says of it is 'pod deleted': try again, shipway retry run-1" in error


def test_a_pod_that_vanishes_while_it_ran_was_deleted(scene, of):
    scene.begin("trainer")
    scene.listed([of.pod("trainer", "Running")], [of.workflow("Running")])
    scene.listed([], [of.workflow("Running")])
    assert "was deleted while it was running" in scene.run()["trainer"][1]


def test_a_run_that_was_stopped_is_cancelled_with_what_it_waited_for(scene, of):
    scene.begin("transform")
    stuck = of.pod("trainer", "Pending", **of.waiting("ImagePullBackOff", "not found"))
    scene.listed([stuck, of.pod("transform", "Running")], [of.workflow("Running")])
    killed = of.pod("transform", "Failed", **of.container("Error", 143))
    scene.told(of.workflow("Running", activeDeadlineSeconds=0), killed)
    scene.told(stuck, gone=True)
    scene.told(of.workflow("Failed", ended=40, activeDeadlineSeconds=0))
    states = scene.run()
    assert states["transform"][0] == "CANCELED"
    assert states["trainer"][0] == "CANCELED"
    assert states["trainer"][1].startswith("The run was stopped. Step 'trainer' waits for its image")
    assert scene.ends() == ["CANCELED"]


def test_a_run_that_was_deleted_while_it_ran_is_over(scene, of):
    scene.begin("trainer")
    scene.listed([of.pod("trainer", "Running")], [of.workflow("Running")])
    scene.told(of.workflow("Running"), gone=True)
    assert scene.run()["trainer"][0] == "CANCELED"
    assert scene.ends() == ["CANCELED"]


def test_a_run_that_was_deleted_while_nobody_watched_ends_as_its_steps_tell(scene, of):
    scene.lineage.complete(scene.begin("transform"), {}, {})
    scene.lineage.fail(scene.begin("trainer"), "It diverged.")
    scene.listed([], [of.workflow("Running")])
    scene.new_watcher()
    scene.listed([], [])
    assert scene.ends() == ["FAILED"]
    assert scene.live() is None


def test_a_run_without_a_record_ends_too(scene, of):
    scene.listed([], [of.workflow("Succeeded", ended=30)])
    assert scene.ends() == ["SUCCEEDED"]


def test_a_step_whose_end_never_came_is_lost_after_a_while(scene, of):
    scene.begin("trainer")
    cluster = [of.pod("trainer", "Succeeded")], [of.workflow("Succeeded", ended=30)]
    scene.new_watcher(lost_seconds=3600)
    scene.listed(*cluster)
    assert scene.ends() == ["SUCCEEDED"]
    assert scene.run()["trainer"][0] == "RUNNING"
    scene.new_watcher(lost_seconds=0)
    scene.listed(*cluster)
    state, error = scene.run()["trainer"]
    assert state == "FAILED"
    assert "no record of its end has come; where one waits in a spool, 'shipway metadata deliver' brings it" in error


def test_outputs_that_the_launcher_could_not_store_are_not_to_be_used(scene, of):
    from shipway.lineage import ArtifactRecord

    execution = scene.begin("trainer")
    scene.lineage.complete(execution, {"model": [ArtifactRecord("Model", "s3://b/model", {}, "d")]}, {})
    scene.listed([of.pod("trainer", "Failed", **of.container("Error"))], [of.workflow("Failed", ended=30)])
    state, error = scene.run()["trainer"]
    assert state == "FAILED"
    assert "Kubeflow's launcher could not store what it had put out" in error
    assert scene.lineage.queries().artifact_by_uri("s3://b/model").state == "ABANDONED"


def test_pipelines_of_others_are_none_of_our_business(scene, of):
    foreign = of.workflow("Failed", ended=30)
    foreign["spec"]["arguments"] = {}
    broken = of.pod("trainer", "Failed", **of.container("OOMKilled"))
    broken["spec"]["containers"][0]["command"] = ["sleep"]
    scene.listed([broken], [foreign])
    assert scene.tries() == []
    assert scene.ends() == []


def test_a_store_that_is_away_is_tried_again(scene, of, monkeypatch):
    from shipway.lineage.faults import BusyStore

    def busy(*_):
        raise BusyStore(scene.path, 1.0)

    with monkeypatch.context() as patched:
        patched.setattr("shipway.watcher.book.Book.executions", busy)
        scene.listed([of.pod("trainer", "Failed", **of.container("OOMKilled"))], [of.workflow("Failed", ended=30)])
        assert scene.ends() == []
        assert "does not take records" in scene.figures.not_ready()
    monkeypatch.setattr(scene.clerk, "_paused_until", 0.0)
    scene.clerk.turn(0.0)
    assert scene.ends() == ["FAILED"]
    assert scene.figures.not_ready() == ""


def test_nothing_is_concluded_before_all_was_listed(scene, of):
    from shipway.kube.runs import read_workflow
    from shipway.watcher.inbox import WORKFLOWS

    nodes = [of.node("trainer", "Failed", "main: OOMKilled (exit code 137)")]
    failed = read_workflow(of.workflow("Failed", ended=30, nodes=nodes))
    scene.inbox.slot("team", WORKFLOWS).listed([failed])
    scene.clerk.turn(0.01)
    assert scene.ends() == []
    assert "not listed yet: pods of team" in scene.figures.not_ready()


def test_a_driver_that_fails_is_told_as_kubeflows_own(scene, of):
    driver = of.pod("trainer", "Failed", **of.container("Error"))
    container = '{"command": ["python", "-m", "shipway.step"], "args": ["shipway_components.trainer"]}'
    words = ["driver", "--type", "CONTAINER", "--pipeline_name", "penguins", "--run_id", "run-1"]
    driver["spec"]["containers"][0]["command"] = [*words, "--task_name", "trainer", "--container", container]
    scene.listed([driver], [of.workflow("Failed", ended=30)])
    (execution,) = scene.lineage.queries().run("run-1")
    assert (execution.task, execution.step) == ("trainer", "shipway_components.trainer")
    assert execution.error.startswith(
        "Kubeflow's driver of step 'trainer' failed: container 'main' of pod 'run-1-trainer'"
    )
    assert "kubectl logs run-1-trainer -n team -c main" in execution.error


def test_a_try_told_late_does_not_hide_the_one_that_succeeded(scene, of):
    scene.lineage.complete(scene.begin("trainer", began=102), {}, {})
    evicted = of.pod("trainer", "Failed", uid="first", begun=-900, **of.container("OOMKilled", 137, ended=-800))
    scene.listed([evicted], [of.workflow("Succeeded", ended=130)])
    assert scene.tries() == [("trainer", "COMPLETE")]


def test_a_death_that_is_heard_of_after_the_end_of_its_run_is_recorded(scene, of):
    scene.listed([of.pod("trainer", "Running")], [of.workflow("Failed", ended=30)])
    assert scene.ends() == ["FAILED"]
    assert scene.tries() == []
    scene.told(of.pod("trainer", "Failed", **of.container("OOMKilled", 137)))
    assert scene.tries() == [("trainer", "FAILED")]
    assert scene.ends() == ["FAILED"]
