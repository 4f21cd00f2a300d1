"""What happens between two refreshes is seen, and nothing is counted twice."""

import os

from shipway.lineage import Lineage


def test_a_step_ends_between_two_looks(records, look):
    execution = records.begin("trainer", at=0)
    assert look()["shipway_runs_active", "taxi"] == 1
    records.lineage.complete(execution, {}, {})
    page = look()
    assert page["shipway_runs_active", "taxi"] == 0
    assert page["shipway_step_executions_total", "taxi", "trainer", "COMPLETE"] == 1


def test_looking_again_changes_nothing(records, look):
    records.step("trainer", run="run-1")
    records.step("trainer", run="run-2", failed=True)
    own = "shipway_exporter"
    first = {key: value for key, value in look().items() if not key[0].startswith(own)}
    assert {key: value for key, value in look().items() if not key[0].startswith(own)} == first


def test_a_run_that_is_resumed_is_counted_again(records, look):
    records.step("trainer", at=0, failed=True)
    assert look()["shipway_runs_total", "taxi", "FAILED"] == 1
    records.step("trainer", at=5000)
    page = look()
    assert page["shipway_runs_total", "taxi", "FAILED"] == 1
    assert page["shipway_runs_total", "taxi", "SUCCEEDED"] == 1


def test_more_than_a_page_at_once(records, look):
    look()
    for number in range(130):
        records.step("trainer", run=f"run-{number}")
    assert look()["shipway_step_executions_total", "taxi", "trainer", "COMPLETE"] == 130


def test_a_store_that_does_not_exist_yet(tmp_path, exporter_of, read_page):
    exporter = exporter_of(tmp_path / "later" / "metadata.db")
    exporter.refresh()
    page = read_page(exporter.page)
    assert page == {("shipway_exporter_errors_total",): 1}
    with Lineage.open(tmp_path / "later" / "metadata.db"):
        exporter.refresh()
    page = read_page(exporter.page)
    assert page["shipway_exporter_errors_total",] == 1
    assert page["shipway_exporter_last_refresh_timestamp_seconds",] > 0


def test_a_store_that_breaks_leaves_the_page_as_it_was(records, exporter, look, tmp_path):
    records.step("trainer")
    before = look()
    records.lineage.close()
    os.rename(records.path, tmp_path / "away")
    records.path.mkdir()
    after = look()
    assert after["shipway_runs_total", "taxi", "SUCCEEDED"] == before["shipway_runs_total", "taxi", "SUCCEEDED"]


def test_another_store_in_its_place_is_read_anew(records, exporter, look, tmp_path, read_page):
    records.step("trainer")
    look()
    records.lineage.close()
    for file in records.path.parent.iterdir():
        file.rename(tmp_path / file.name)
    with Lineage.open(records.path):
        exporter.refresh()
        exporter.refresh()
    page = read_page(exporter.page)
    assert not [key for key in page if key[0] == "shipway_runs_total"]


def test_the_runner_is_believed_at_once(records, look, noon):
    records.step("trainer", at=0, seconds=5, failed=True)
    records.lineage.end_run("run-1", "SUCCEEDED", int((noon + 6) * 1000))
    page = look()
    assert page["shipway_runs_total", "taxi", "SUCCEEDED"] == 1
    assert page["shipway_runs_total", "taxi", "FAILED"] == 0
    assert page["shipway_run_duration_seconds_sum", "taxi"] == 6
    records.lineage.end_run("run-1", "FAILED", int((noon + 600) * 1000))
    page = look()
    assert page["shipway_runs_total", "taxi", "SUCCEEDED"] == 1
    assert page["shipway_runs_total", "taxi", "FAILED"] == 1
