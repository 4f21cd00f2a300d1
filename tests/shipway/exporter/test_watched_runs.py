"""Runs of a cluster that is watched: they end when the watcher says so, not when nothing of them runs for a while."""

import time

from shipway.lineage.live_runs import LiveRun, Waiting

HALF_AN_HOUR = 1800


def live(*waiting):
    return LiveRun("taxi", "run-1", 0, "kubeflow", waiting)


def test_a_long_pause_between_two_steps_ends_no_watched_run(records, look, noon):
    records.step("trainer", at=time.time() - noon - HALF_AN_HOUR)
    records.lineage.go_on(live())
    page = look()
    assert page["shipway_runs_active", "taxi"] == 1
    assert page["shipway_runs_total", "taxi", "SUCCEEDED"] == 0
    at_ms = time.time_ns() // 1_000_000
    records.lineage.end_run("run-1", "FAILED", at_ms)
    page = look()
    assert page["shipway_runs_active", "taxi"] == 0
    assert page["shipway_runs_total", "taxi", "SUCCEEDED"] == 0
    assert page["shipway_runs_total", "taxi", "FAILED"] == 1
    assert page["shipway_run_last_failure_timestamp_seconds", "taxi"] == at_ms / 1000


def test_steps_that_cannot_begin_are_counted_while_they_wait(records, look):
    records.lineage.go_on(live(Waiting("trainer", "No image.", 1), Waiting("transform", "No node.", 2)))
    assert look()["shipway_steps_waiting", "taxi"] == 2
    records.lineage.go_on(live())
    assert look()["shipway_steps_waiting", "taxi"] == 0
    records.lineage.go_on(live(Waiting("trainer", "No image.", 1)))
    records.lineage.end_run("run-1", "CANCELED", time.time_ns() // 1_000_000)
    page = look()
    assert page["shipway_steps_waiting", "taxi"] == 0
    assert page["shipway_runs_total", "taxi", "CANCELED"] == 1


def test_an_exporter_that_begins_later_comes_to_the_same_numbers(records, look, exporter_of, read_page):
    records.step("trainer", failed=True)
    records.lineage.go_on(live())
    records.lineage.end_run("run-1", "FAILED", time.time_ns() // 1_000_000)
    later = exporter_of(records.path, quiet_seconds=60)
    later.refresh()
    totals = {key: value for key, value in read_page(later.page).items() if key[0] == "shipway_runs_total"}
    assert totals["shipway_runs_total", "taxi", "FAILED"] == 1
    assert totals.items() <= look().items()
