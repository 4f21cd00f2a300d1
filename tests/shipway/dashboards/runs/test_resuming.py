"""Going on with a run: what is refused, and a real process that does it."""

from __future__ import annotations

import fcntl
import json
import time

import pytest

from shipway.dashboards.runs.journals import read_home_run
from shipway.dashboards.runs.resuming import NoPipelineFile, NothingToResume, Resumer, StillActive, pipeline_file
from shipway.runner.run import LostFolder
from shipway.runner.run_store import DamagedRun, UnknownRun


@pytest.fixture
def resumer(workshop):
    return Resumer(workshop.home, None)


def test_unknown_and_damaged_runs(workshop, resumer):
    for run_id in ("absent", "..", "", "a/b"):
        with pytest.raises(UnknownRun):
            resumer.check(run_id)
    (workshop.run("r1") / "request.json").write_text("{")
    with pytest.raises(DamagedRun):
        resumer.check("r1")


def test_a_run_that_is_worked_on(workshop, event, resumer):
    folder = workshop.run("r1", [event.run_started])
    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StillActive, match="worked on by another process"):
            resumer.check("r1")
    assert resumer.check("r1") == workshop.home.path


def test_a_run_that_has_ended_well(workshop, event, resumer):
    workshop.run("r1", [event.run_started, event.run_finished("SUCCEEDED")])
    with pytest.raises(NothingToResume, match="succeeded"):
        resumer.check("r1")


def test_a_run_whose_folder_or_file_is_gone(workshop, event, resumer, tmp_path):
    ended = [event.run_started, event.run_finished("FAILED")]
    workshop.run("r1", ended, folder=str(tmp_path / "gone"))
    with pytest.raises(LostFolder):
        resumer.check("r1")
    workshop.run("r2", ended, folder=str(tmp_path), target="flows/taxi.py:taxi")
    with pytest.raises(NoPipelineFile, match=r"taxi\.py"):
        resumer.check("r2")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "taxi.py").touch()
    assert resumer.check("r2") == tmp_path


@pytest.mark.parametrize(
    ("target", "file"),
    [("flights", None), ("my.module", None), ("a.py", "a.py"), ("a.yaml", "a.yaml"), ("b/a.py:main", "b/a.py")],
)
def test_the_file_that_a_target_names(tmp_path, target, file):
    assert pipeline_file(tmp_path, target) == (tmp_path / file if file else None)


def cut_off(folder):
    """Make a run look as if its process had been killed in its last step."""
    lines = (folder / "journal.jsonl").read_text().splitlines()
    kept = [line for line in lines if json.loads(line)["event"] != "run_finished"]
    (folder / "journal.jsonl").write_text("\n".join(kept[:-1]) + "\n")


def test_a_run_that_was_cut_off_goes_on_in_a_process_of_its_own(fill_home, dashboards, csrf_of, tmp_path):
    filled = fill_home(tmp_path / "home")
    folder = filled.home.runs / filled.second
    cut_off(folder)
    served = dashboards(filled.home)
    with served.client() as client:
        page = client.get(f"/runs/{filled.second}").text
        assert "Resume the run" in page
        form = {"csrf": csrf_of(page[page.index("/resume") :]), "reason": "the machine went down"}
        answer = client.post(f"/runs/{filled.second}/resume", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/runs/{filled.second}")
        deadline = time.monotonic() + 60
        while read_home_run(filled.home, filled.second).state != "SUCCEEDED" and time.monotonic() < deadline:
            time.sleep(0.05)
        page = client.get(f"/runs/{filled.second}").text
    run = read_home_run(filled.home, filled.second)
    assert run.state == "SUCCEEDED"
    assert {task.name for task in run.tasks if task.restored} >= {"read-orders", "fit"}
    assert "What the resumed run said" in page
    assert "Resume the run" not in page
    entry = json.loads((filled.home.path / "audit.jsonl").read_text().splitlines()[-1])
    assert (entry["action"], entry["subject"], entry["reason"]) == ("resume", filled.second, "the machine went down")


def test_viewers_and_forged_forms_resume_nothing(filled_home, shop_dashboards, csrf_of):
    path = f"/runs/{filled_home.failed}/resume"
    with shop_dashboards.client(shop_dashboards.viewer_token) as viewer:
        page = viewer.get(f"/runs/{filled_home.failed}").text
        assert "Resume the run" not in page
        assert "shipway run --resume" in page
        assert viewer.post(path, data={"csrf": csrf_of(page)}).status_code == 403
    with shop_dashboards.client() as client:
        assert client.post(path, data={"csrf": "forged"}).status_code == 403
        assert client.post(path).status_code == 403
    with shop_dashboards.client("") as nobody:
        assert nobody.post(path).status_code in (303, 401, 403)
    assert read_home_run(filled_home.home, filled_home.failed).state == "FAILED"


def test_refusals_are_sentences(filled_home, shop_dashboards, csrf_of):
    with shop_dashboards.client() as client:
        token = csrf_of(client.get("/").text)
        refused = client.post(f"/runs/{filled_home.first}/resume", data={"csrf": token})
        assert refused.status_code == 400
        assert "nothing left to go on with" in refused.text
        assert client.post("/runs/absent/resume", data={"csrf": token}).status_code == 404
