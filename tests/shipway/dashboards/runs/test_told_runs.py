"""Runs of a cluster, as pages read them from what was said of them."""

from shipway.dashboards.runs.recorded import recorded_run
from shipway.lineage import RecordedExecution
from shipway.lineage.live_runs import LiveRun, ToldOfRun, Waiting

STUCK = Waiting("trainer", "Step 'trainer' waits for its image.", 5_000)


def execution(task, state, began=1_000, ended=2_000, error=""):
    return RecordedExecution(1, "penguins", "run-1", task, f"steps.{task}", state, "", error, {}, {}, began, ended)


def live(*waiting):
    return ToldOfRun("penguins", LiveRun("penguins", "run-1", 500, "kubeflow", waiting))


def test_a_run_goes_on_between_two_steps():
    assert recorded_run("run-1", [execution("transform", "COMPLETE")]).state == "SUCCEEDED"
    assert recorded_run("run-1", [execution("transform", "COMPLETE")], live()).state == "RUNNING"


def test_a_step_that_cannot_begin_is_shown_with_its_reason():
    run = recorded_run("run-1", [execution("transform", "COMPLETE")], live(STUCK))
    assert [(task.name, task.state) for task in run.tasks] == [("transform", "SUCCEEDED"), ("trainer", "WAITING")]
    assert run.task("trainer").sentence == STUCK.sentence


def test_a_step_that_waits_to_begin_again_keeps_its_earlier_tries():
    run = recorded_run("run-1", [execution("trainer", "FAILED", error="It diverged.")], live(STUCK))
    assert run.task("trainer").state == "WAITING"
    assert [attempt.sentence for attempt in run.task("trainer").attempts] == ["It diverged."]


def test_a_run_of_which_nothing_has_begun_is_there():
    run = recorded_run("run-1", [], live(STUCK))
    assert (run.pipeline, run.state, run.started_ms) == ("penguins", "RUNNING", 500)
    assert recorded_run("run-1", []) is None


def test_the_word_on_its_end_counts_more_than_its_steps():
    told = ToldOfRun("penguins", None, (("FAILED", 4_000),))
    run = recorded_run("run-1", [execution("transform", "COMPLETE")], told)
    assert (run.state, run.seconds) == ("FAILED", 3.0)
    assert recorded_run("run-1", [], ToldOfRun("penguins", None, (("CANCELED", 4_000),))).state == "CANCELLED"


def test_what_has_begun_since_the_last_end_counts_more_than_that():
    told = ToldOfRun("penguins", None, (("FAILED", 4_000),))
    assert recorded_run("run-1", [execution("transform", "RUNNING", began=9_000)], told).state == "RUNNING"
