"""Real pipelines of KFP's compiler with loops, conditions and nested pipelines, really run: one box for every task."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from shipway.dashboards.runs.flows import flow_of_run
from shipway.dashboards.runs.graphs import all_tasks, run_graph
from shipway.dashboards.runs.reading import read_run
from shipway.runner import CompiledPipeline, run_pipeline

FLOW = Path(__file__).resolve().parents[2] / "runner" / "flow"


@pytest.fixture
def ran(workshop, monkeypatch):
    """Runs a pipeline of the runner's tests; the run, its flow and its drawing."""
    from google.protobuf.json_format import MessageToDict

    from shipway.runner.compile_worker import make_record

    monkeypatch.syspath_prepend(str(FLOW))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import flow_pipelines

    def run_one(name):
        pipeline = getattr(flow_pipelines, name)
        spec, platform = MessageToDict(pipeline.pipeline_spec), MessageToDict(pipeline.platform_spec)
        record = {"target": name, "spec": spec, "platform": platform, "folders": [str(FLOW)]}
        compiled = CompiledPipeline.from_record(make_record(record, [str(FLOW / "flow_pipelines.py")]))
        run_pipeline(compiled, {}, home=workshop.home, run_id=name)
        run = read_run(workshop.home, workshop.queries, name)
        flow, problem = flow_of_run(workshop.home.runs / name)
        assert problem == ""
        tasks = all_tasks(run, flow)
        return tasks, run_graph(run, flow, tasks)

    return run_one


def edges(graph):
    return {(edge.source, edge.target) for edge in graph.edges}


def test_conditions(ran):
    tasks, graph = ran("branches")
    states = {task.name: task.state for task in tasks}
    assert (states["write"], states["write-2"], states["write-3"]) == ("SKIPPED", "SUCCEEDED", "SKIPPED")
    assert {("judge", "write-2"), ("write-2", "read"), ("double", "say-2")} <= edges(graph)
    titles = {box.id: box.title for box in graph.boxes}
    assert "if judge-word == 'heads'" in titles["write"]


def test_loops(ran):
    tasks, graph = ran("loops")
    names = {task.name for task in tasks}
    assert {
        "write.0",
        "write.1",
        "double.0",
        "double.1",
        "say.0",
        "say.1",
        "say-2.0.0",
        "say-2.1.0",
        "read-all",
    } <= names
    assert {("write.0", "read-all"), ("write.1", "read-all"), ("judge", "say.0")} <= edges(graph)
    assert len(names) == len(graph.boxes) == 11


def test_nested_pipelines(ran):
    tasks, graph = ran("nested")
    assert {task.name for task in tasks} == {
        "inner.greet", "inner.greet-2", "inner-2.0.greet", "inner-2.0.greet-2", "inner-3.greet",
        "inner-3.greet-2", "say",
    }  # fmt: skip
    assert {("inner.greet-2", "say"), ("inner-2.0.greet", "inner-2.0.greet-2")} <= edges(graph)
