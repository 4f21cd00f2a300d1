"""`shipway schedule`: one of a name, whatever happens at once, and none deleted without a word on its workflows."""

import pytest


@pytest.fixture
def create(call, pipeline):
    def creating(*words):
        return call("schedule", "create", pipeline, "--param", "name=a", *words)

    return creating


def test_a_schedule_by_cron(create, pipelines):
    done = create("--cron", "0 6 * * *", "--name", "mornings")
    (kept,) = pipelines.schedules.values()
    (version,) = pipelines.versions.values()
    assert done.out == f"Created schedule mornings: {version['display_name']}, cron 0 0 6 * * *, enabled.\n"
    assert kept["trigger"]["cron_schedule"]["cron"] == "0 0 6 * * *"
    assert kept["pipeline_version_reference"]["pipeline_version_id"] == version["pipeline_version_id"]
    assert kept["runtime_config"]["parameters"] == {"rows": 5, "name": "a"}
    assert (kept["no_catchup"], kept["max_concurrency"], kept["mode"]) == (True, "1", "ENABLE")


def test_all_of_its_options(create, pipelines):
    create(
        "--interval", "6h", "--max-concurrency", "3", "--catch-up", "--paused",
        "--start", "2027-03-01T06:00Z", "--end", "2027-04-01T06:00Z", "--service-account", "trainer",
    )  # fmt: skip
    (kept,) = pipelines.schedules.values()
    timing = kept["trigger"]["periodic_schedule"]
    assert (timing["interval_second"], timing["start_time"][:16]) == ("21600", "2027-03-01T06:00")
    assert (kept["no_catchup"], kept["max_concurrency"], kept["mode"]) == (False, "3", "DISABLE")
    assert (kept["display_name"], kept["service_account"]) == ("taxi", "trainer")


def test_the_same_schedule_again_is_the_one_that_is_there(create, pipelines):
    words = ("--interval", "6h", "--start", "2027-03-01T06:00Z")
    create(*words)
    assert create(*words).out.startswith("There already is schedule taxi: ")
    assert len(pipelines.schedules) == 1


@pytest.mark.parametrize(
    ("words", "difference"),
    [
        (["--interval", "1h"], "timing"),
        (["--interval", "6h", "--max-concurrency", "2"], "timing"),
        (["--interval", "6h", "--param", "rows=9"], "parameters"),
        (["--interval", "6h", "--no-cache"], "pipeline or version"),
        (["--interval", "6h", "--service-account", "other"], "service account"),
    ],
)
def test_another_one_of_that_name_is_refused_or_replaces_it(create, pipelines, words, difference):
    create("--interval", "6h")
    refused = create(*words)
    assert (refused.code, f"with another {difference}: add --replace" in refused.err) == (2, True)
    assert create(*words, "--replace").out.startswith("Created schedule taxi")
    assert len(pipelines.schedules) == 1


def test_of_two_that_are_made_at_once_one_stays(create, pipelines, pipeline):
    def quicker(kind):
        if kind == "schedule":
            pipelines.before_creating = lambda kind: None
            create("--interval", "6h")

    pipelines.before_creating = quicker
    assert create("--interval", "6h").code == 0
    assert len(pipelines.schedules) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Say when"),
        (["--cron", "@daily", "--interval", "1h"], "Say when"),
        (["--cron", "0 25 * * *"], "the hour '25' is not within 0 to 23"),
        (["--interval", "soon"], "write 90s, 15m, 6h or 1d"),
        (["--interval", "1h", "--max-concurrency", "11"], "a whole number from 1 to 10"),
        (["--interval", "1h", "--start", "monday"], "--start 'monday' is no moment"),
        (["--interval", "1h", "--start", "2027-03-02", "--end", "2027-03-01"], "would never fire"),
        (["--interval", "1h", "--param", "rows=x"], "must be a whole number"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(create, pipelines, words, sentence):
    refused = create(*words)
    assert (refused.code, sentence in refused.err) == (2, True)
    assert not pipelines.versions
    assert not pipelines.schedules


def test_schedules_are_listed(call, create):
    assert "shipway schedule create" in call("schedule", "list").out
    create("--interval", "90m", "--max-concurrency", "2", "--catch-up", "--end", "2027-04-01T06:00Z")
    create("--cron", "@daily", "--name", "nightly")
    listed = call("schedule", "list").out.splitlines()
    assert [line.split()[0] for line in listed] == ["NAME", "nightly", "taxi"]
    assert listed[2].split(None, 3)[1:] == [
        "taxi", "enabled", "every 90m    until 2027-04-01T06:00:00+00:00, up to 2 at once, catches up",
    ]  # fmt: skip


def test_pause_and_resume(call, create, pipelines):
    create("--interval", "6h")
    assert call("schedule", "pause", "taxi").out == "Schedule taxi is paused.\n"
    assert "paused" in call("schedule", "list").out
    assert call("schedule", "resume", "taxi").out == "Schedule taxi is resumed.\n"
    assert "enabled" in call("schedule", "list").out


@pytest.mark.parametrize("action", ["pause", "resume", "delete"])
def test_an_unknown_schedule(call, create, action):
    create("--interval", "6h", "--name", "nightly")
    refused = call("schedule", action, "nightli")
    assert (refused.code, "did you mean 'nightly'?" in refused.err) == (2, True)


def test_deleting_says_what_goes_with_it_and_wants_a_yes(call, create, pipelines):
    create("--interval", "6h")
    (schedule_id,) = pipelines.schedules
    pipelines.add_run("done", "1", "SUCCEEDED", recurring_run_id=schedule_id)
    pipelines.add_run("going-on", "2", "RUNNING", recurring_run_id=schedule_id)
    pipelines.add_run("another", "3", "RUNNING")
    refused = call("schedule", "delete", "taxi")
    assert refused.code == 2
    assert "deletes the workflows of its 2 runs" in refused.err
    assert "ends those that go on (going-on)" in refused.err
    assert "add --yes" in refused.err
    assert pipelines.schedules
    deleted = call("schedule", "delete", "taxi", "--yes")
    assert deleted.out == "Deleted schedule taxi and the workflows of its runs.\n"
    assert not pipelines.schedules
    assert (pipelines.runs["going-on"]["state"], pipelines.runs["another"]["state"]) == ("FAILED", "RUNNING")


def test_deleting_one_that_has_not_fired(call, create):
    create("--interval", "6h")
    assert call("schedule", "delete", "taxi", "--yes").out == "Deleted schedule taxi.\n"


def test_a_schedule_by_its_id(call, create, pipelines):
    create("--interval", "6h")
    (schedule_id,) = pipelines.schedules
    assert call("schedule", "pause", schedule_id).code == 0
