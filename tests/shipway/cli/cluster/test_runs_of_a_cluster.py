"""`runs --cluster`, `logs --cluster`, `retry`, `terminate` and `--wait`: what a run did, and why it failed."""

import json
import threading
import time

import pytest

from shipway.cli import retry, terminate
from shipway.cli.__main__ import main
from shipway.kube.pipelines import watching
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity

SUMMARY = '{"metrics": {"auc": 0.93}, "rows": 9}'


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.01)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """A metadata store in a file, which `SHIPWAY_METADATA` names."""
    path = tmp_path / "lineage.db"
    monkeypatch.setenv("SHIPWAY_METADATA", str(path))
    with Lineage.open(path) as lineage:
        yield lineage


def test_runs_are_listed(call, a_run):
    listed = call("runs", "--cluster").out.splitlines()
    assert listed[0].split() == ["RUN", "PIPELINE", "STATE", "STARTED", "TIME", "NAME"]
    assert listed[1].split()[:3] == [a_run, "taxi", "failed"]
    assert json.loads(call("runs", "--cluster", "--json").out)[0]["run_id"] == a_run


def test_none_yet(call, pipelines):
    assert call("runs", "--cluster").out == f"No runs at {pipelines.endpoint}.\n"


def test_runs_of_an_unknown_pipeline(call, a_run):
    refused = call("runs", "--cluster", "--pipeline", "taxy")
    assert (refused.code, "did you mean 'taxi'?" in refused.err) == (2, True)


def test_a_run_is_shown_with_the_last_error_of_the_log(call, a_run):
    shown = call("runs", "show", a_run, "--cluster")
    assert shown.out.splitlines()[0].endswith("with rows=5")
    rows = [line.split(None, 4) for line in shown.out.splitlines()[2:4]]
    assert rows == [
        ["example-gen", "cached", "0.00", "s"],
        ["trainer", "failed", "4.00", "s", "No column 'fare'."],
    ]
    assert "trainer failed: No column 'fare'.\n" in shown.out
    assert f"log: shipway logs {a_run} trainer --cluster" in shown.out
    assert f"shipway retry {a_run}" in shown.out


def test_without_a_log_the_workflow_has_the_word(call, pipelines, a_run):
    pipelines.logs.clear()
    shown = call("runs", "show", a_run, "--cluster")
    assert "trainer failed: main: Error (exit code 1); see 'shipway logs" in shown.out


def test_the_sentence_that_the_step_recorded_is_preferred(call, a_run, recorded):
    execution = recorded.begin(TaskIdentity("taxi", a_run, "trainer", "x.trainer"), {}, {}, "")
    recorded.fail(execution, "The training diverged at step 12: lower the learning rate.")
    shown = call("runs", "show", a_run, "--cluster")
    assert "trainer failed: The training diverged at step 12: lower the learning rate.\n" in shown.out


def test_a_store_that_is_away_changes_nothing(call, a_run, monkeypatch):
    monkeypatch.setenv("SHIPWAY_METADATA", "grpc://127.0.0.1:1")
    monkeypatch.setenv("SHIPWAY_METADATA_PATIENCE", "0")
    assert "trainer failed: No column 'fare'." in call("runs", "show", a_run, "--cluster").out


def test_the_json_has_the_fields_of_a_local_run(call, a_run):
    told = json.loads(call("runs", "show", a_run, "--cluster", "--json").out)
    assert {"run_id", "state", "seconds", "steps", "metrics", "blessed", "pushed", "parameters"} <= set(told)
    assert (told["run_id"], told["state"], told["parameters"]) == (a_run, "FAILED", {"rows": 5})
    assert told["steps"][1] == {
        "name": "trainer", "state": "FAILED", "cached": False, "seconds": 4.0, "sentence": "No column 'fare'.",
    }  # fmt: skip


def test_metrics_blessing_and_push_come_from_lineage(call, pipelines, a_run, recorded):
    pipelines.runs[a_run]["state"] = "SUCCEEDED"
    made = {
        "evaluation": ArtifactRecord("ModelEvaluation", "s3://b/e", {"summary": SUMMARY}),
        "blessing": ArtifactRecord("ModelBlessing", "s3://b/b", {"blessed": 1}),
    }
    execution = recorded.begin(TaskIdentity("taxi", a_run, "trainer", "x"), {}, {}, "")
    recorded.complete(execution, {key: [one] for key, one in made.items()}, {})
    pipelines.add_workflow(a_run, *pipelines.steps("root.trainer"))
    told = json.loads(call("runs", "show", a_run, "--cluster", "--json").out)
    assert (told["metrics"], told["blessed"]) == ({"auc": 0.93}, True)
    assert "metrics on 9 rows\n  auc  0.9300" in call("runs", "show", a_run, "--cluster").out


def test_show_wants_a_run(call):
    refused = call("runs", "show", "--cluster")
    assert (refused.code, "'shipway runs --cluster' lists them" in refused.err) == (2, True)


def test_an_unknown_run(call, a_run):
    for words in (["runs", "show", "taxi mondey", "--cluster"], ["retry", "taxi mondey"], ["terminate", "taxi mondey"]):
        refused = call(*words)
        assert (refused.code, "did you mean 'taxi monday'?" in refused.err) == (2, True)


def test_a_log(call, a_run):
    assert call("logs", a_run, "trainer", "--cluster").out == "epoch 1\nError: No column 'fare'.\n"


def test_the_log_of_a_step_that_is_not_there(call, a_run):
    assert "no step 'trainr' (did you mean 'trainer'?)" in call("logs", a_run, "trainr", "--cluster").err


def test_a_cached_step_has_no_log(call, a_run):
    refused = call("logs", a_run, "example-gen", "--cluster")
    assert (refused.code, "its result came from the cache" in refused.err) == (2, True)


def test_a_log_that_is_not_kept_and_no_cluster_to_ask(call, pipelines, a_run):
    pipelines.logs.clear()
    refused = call("logs", a_run, "trainer", "--cluster")
    assert refused.code == 1
    assert refused.err.startswith("Error: There is no log of 'trainer', which is failed (")
    assert refused.err.count("\n") == 1


def test_retry_says_what_runs_again(call, pipelines, a_run):
    done = call("retry", "taxi monday")
    assert (done.code, done.err) == (0, retry.SAME_CODE + "\n")
    assert pipelines.runs[a_run]["state"] == "RUNNING"
    refused = call("retry", a_run)
    assert (refused.code, "is running" in refused.err) == (2, True)


def test_terminate_waits_for_the_end(call, pipelines, a_run):
    pipelines.runs[a_run].update(state="RUNNING", finished_at="1970-01-01T00:00:00Z")
    done = call("terminate", a_run)
    assert (done.code, "it is cancelled after" in done.out) == (0, True)
    assert "has ended already: it is" in call("terminate", a_run).out


def test_a_run_that_does_not_end_is_told(call, pipelines, a_run, monkeypatch):
    monkeypatch.setattr(terminate, "ENDS_WITHIN_SECONDS", 0.05)
    monkeypatch.setattr(type(pipelines), "terminate_run", lambda *_: {})
    pipelines.runs[a_run].update(state="RUNNING")
    refused = call("terminate", a_run)
    assert (refused.code, f"kubectl get pods -A -l pipeline/runid={a_run}" in refused.err) == (1, True)


def test_waiting_shows_progress_and_ends_with_the_runs_state(call, pipelines, pipeline):
    def go_on():
        while not pipelines.runs:
            time.sleep(0.01)
        (run,) = pipelines.runs.values()
        pipelines.add_workflow(run["run_id"], *pipelines.steps("root.train", "Running"))
        run["state"] = "RUNNING"
        time.sleep(0.2)
        pipelines.add_workflow(run["run_id"], *pipelines.steps("root.train"))
        run.update(state="SUCCEEDED", finished_at=pipelines.now())

    threading.Thread(target=go_on, daemon=True).start()
    done = call("submit", pipeline, "--param", "name=a", "--wait", "--json")
    assert done.code == 0
    assert [line.split(",")[0] for line in done.err.splitlines()[1:]] == [
        f"run {done.json['run_id']} of pipeline taxi", "train: started", "train: succeeded",
    ]  # fmt: skip
    assert (done.json["state"], done.json["steps"][0]["seconds"]) == ("SUCCEEDED", 4.0)


def test_waiting_for_a_run_that_fails_ends_with_1(call, pipelines, pipeline, monkeypatch):
    created = type(pipelines).create_run

    def fail(self, request):
        run = created(self, request)
        self.add_workflow(run["run_id"], *self.steps("root.train", "Failed", message="OOMKilled (exit code 137)"))
        run.update(state="FAILED", finished_at=self.now())
        return run

    monkeypatch.setattr(type(pipelines), "create_run", fail)
    done = call("submit", pipeline, "--param", "name=a", "--wait")
    assert done.code == 1
    assert "train failed: OOMKilled (exit code 137); see 'shipway logs" in done.out


def test_a_server_that_is_away_for_a_moment_is_waited_for(call, pipelines, a_run, monkeypatch):
    retried = type(pipelines).retry_run

    def go_away(self, request, run_id):
        answer = retried(self, request, run_id)
        self.answer_badly(503, '{"message": "starting"}', paths="runs")
        threading.Timer(0.2, self.come_back, [run_id]).start()
        return answer

    def come_back(self, run_id):
        self.add_workflow(run_id, *self.steps("root.trainer"))
        self.runs[run_id].update(state="SUCCEEDED", finished_at=self.now())
        self.bad_answer = None

    monkeypatch.setattr(type(pipelines), "retry_run", go_away)
    monkeypatch.setattr(type(pipelines), "come_back", come_back, raising=False)
    assert call("retry", a_run, "--wait", "--json").json["state"] == "SUCCEEDED"


def test_a_server_that_stays_away_ends_the_watch_and_not_the_run(call, pipelines, a_run, monkeypatch):
    monkeypatch.setattr(watching, "PATIENCE_SECONDS", 0.05)
    retried = type(pipelines).retry_run

    def go_away(self, request, run_id):
        self.answer_badly(503, '{"message": "starting"}', paths="runs")
        return retried(self, request, run_id)

    monkeypatch.setattr(type(pipelines), "retry_run", go_away)
    ended = call("retry", a_run, "--wait")
    assert (ended.code, "503: starting" in ended.err) == (1, True)
    assert pipelines.runs[a_run]["state"] == "RUNNING"


def test_ctrl_c_leaves_the_run_and_says_so(pipelines, pipeline, monkeypatch, capsys, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path))
    monkeypatch.setattr("shipway.cli.cluster.following.follow_run", interrupted)
    assert main(["submit", str(pipeline), "--param", "name=a", "--wait"]) == 130
    (run_id,) = pipelines.runs
    assert f"'shipway terminate {run_id}' ends it" in capsys.readouterr().err
    assert not any(path.endswith(":terminate") for _, path in pipelines.requests)


@pytest.mark.parametrize(
    "words",
    [
        ["upload", "taxi.yaml"],
        ["submit", "taxi.yaml", "--param", "name=a"],
        ["schedule", "list"],
        ["schedule", "create", "taxi.yaml", "--param", "name=a", "--interval", "1h"],
        ["runs", "--cluster"],
        ["runs", "show", "x", "--cluster"],
        ["logs", "x", "y", "--cluster"],
        ["retry", "x"],
        ["terminate", "x"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((200, "<html>Sign in</html>", "text/html"), "is not Kubeflow Pipelines' API"),
        ((401, '{"message": "Unauthenticated"}', "application/json"), "wants a token (401)"),
        ((403, "RBAC: access denied", "text/plain"), "lacks the verb"),
        ((500, '{"message": "no database"}', "application/json"), "no database"),
    ],
    ids=["html", "401", "403", "500"],
)
def test_a_bad_answer_is_one_sentence_for_every_command(call, pipelines, pipeline, words, answer, sentence):
    pipelines.answer_badly(*answer)
    refused = call(*words)
    assert refused.code == 1
    assert sentence in refused.err
    assert refused.err.startswith("Error: ")
    assert refused.err.count("\n") == 1
    assert refused.out == ""
