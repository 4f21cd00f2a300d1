"""A step that failed on purpose: its page lists what it left, and lineage draws it."""

import re

import pytest

from shipway.dashboards.pages.runs.task_view import task_page
from shipway.lineage import TaskIdentity
from shipway.lineage.faults import CorruptStore

SENTENCE = "The data has anomalies in the split 'train': correct it."


@pytest.fixture
def refused(workshop, event, record):
    """A run that its validation stopped, in the journal and in lineage."""
    uri = str(workshop.home.artifacts / "taxi" / "r1" / "validate" / "1" / "anomalies")
    statistics = record("ExampleStatistics", "/statistics")
    workshop.record("r1", "count", outputs={"statistics": statistics})
    task = TaskIdentity("taxi", "r1", "validate", "steps.validate")
    execution = workshop.lineage.begin(task, {"statistics": [statistics]}, {}, "key")
    workshop.lineage.fail(execution, SENTENCE, {"anomalies": [record("ExampleAnomalies", uri, anomalies=2)]})
    evidence = {"parameters": {}, "artifacts": {"anomalies": [event.artifact("ExampleAnomalies", uri)]}}
    ended = event.ended("validate", "FAILED", sentence=SENTENCE, evidence=evidence)
    events = [event.run_started, event.ended("count"), event.started("validate", execution_id=execution), ended]
    workshop.run("r1", [*events, event.run_finished("FAILED")])
    return workshop


def test_the_outputs_of_a_failed_task(refused):
    page = task_page(refused.home, refused.queries, "r1", "validate")
    assert (page.task.state, page.task.sentence) == ("FAILED", SENTENCE)
    (evidence,) = page.outputs
    assert (evidence.key, evidence.type_name, evidence.state) == ("anomalies", "ExampleAnomalies", "ABANDONED")
    assert evidence.id == refused.queries().artifact_by_uri(evidence.uri).id


def test_they_are_listed_without_lineage_too(refused):
    def away():
        raise CorruptStore(refused.home.metadata_db)

    page = task_page(refused.home, away, "r1", "validate")
    assert [(one.key, one.type_name, one.id) for one in page.outputs] == [("anomalies", "ExampleAnomalies", None)]
    assert len(page.problems) == 1


def test_the_pages(refused, dashboards):
    with dashboards(refused.home).client() as client:
        page = client.get("/runs/r1/tasks/validate").text
        assert "What the step left to show why it failed" in page
        (evidence,) = re.findall(r'href="/artifacts/(\d+)"[^>]*>ExampleAnomalies', page)
        assert "(abandoned)" in page
        drawn = client.get(f"/lineage/{evidence}").text
        assert "/runs/r1/tasks/validate" in drawn
        assert "ExampleStatistics" in drawn
        assert f'href="/artifacts/{evidence}"' in client.get("/artifacts?state=ABANDONED").text
        shown = client.get(f"/artifacts/{evidence}").text
        assert "/runs/r1/tasks/validate" in shown
