"""What a runner says of a run at its end."""

import pytest

from shipway.lineage.calls import call, context_by_name
from shipway.lineage.run_ends import ENDS, ends_of


@pytest.fixture
def service(lineage):
    return lineage.queries().service


def ends(service):
    return ends_of(context_by_name(service, "pipeline_run", "run-1"))


def test_each_end_is_kept_once(lineage, service, make):
    make("run-1", "trainer")
    assert ends(service) == []
    lineage.end_run("run-1", "FAILED", 1000)
    lineage.end_run("run-1", "FAILED", 1000)
    make("run-1", "pusher")
    lineage.end_run("run-1", "SUCCEEDED", 2000)
    assert ends(service) == [("FAILED", 1000), ("SUCCEEDED", 2000)]


def test_a_run_keeps_its_pipeline(lineage, service, make):
    make("run-1", "trainer")
    lineage.end_run("run-1", "SUCCEEDED", 1000)
    assert [(one.run_id, one.pipeline) for one in lineage.queries().runs()] == [("run-1", "taxi")]


def test_a_run_that_recorded_nothing_has_no_end(lineage):
    lineage.end_run("run-1", "FAILED", 1000)
    assert lineage.queries().runs() == []


@pytest.mark.parametrize("text", ["", "{", "3", '["FAILED"]', '[["FAILED", "when"]]', '[["FAILED", 1, 2]]', "null"])
def test_what_is_no_list_of_ends(lineage, service, make, text):
    make("run-1", "trainer")
    context = context_by_name(service, "pipeline_run", "run-1")
    context.custom_properties[ENDS].string_value = text
    call(service, "PutContexts", contexts=[context])
    assert ends(service) == []
    lineage.end_run("run-1", "FAILED", 1000)
    assert ends(service) == [("FAILED", 1000)]
