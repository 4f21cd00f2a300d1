"""Pipelines that are compiled once for all tests of the runner, and homes of their own for each."""

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shipway.runner import CompiledPipeline, Home, RunObserver, RunResult, TaskResult, run_pipeline

FLOW = Path(__file__).resolve().parent / "flow"


@pytest.fixture(scope="session")
def flow() -> Iterator[Any]:
    """The module with the pipelines of these tests."""
    sys.path.insert(0, str(FLOW))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import flow_pipelines
    yield flow_pipelines
    sys.path.remove(str(FLOW))


@pytest.fixture(scope="session")
def compiled(flow: Any) -> Callable[[str], CompiledPipeline]:
    """One of those pipelines, as `prepare_pipeline` would give it."""
    from google.protobuf.json_format import MessageToDict

    from shipway.runner.compile_worker import make_record

    known: dict[str, CompiledPipeline] = {}

    def compile_one(name: str) -> CompiledPipeline:
        if name not in known:
            pipeline = getattr(flow, name)
            spec, platform = MessageToDict(pipeline.pipeline_spec), MessageToDict(pipeline.platform_spec)
            record = {"target": name, "spec": spec, "platform": platform, "folders": [str(FLOW)]}
            known[name] = CompiledPipeline.from_record(make_record(record, [str(FLOW / "flow_pipelines.py")]))
        return known[name]

    return compile_one


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


class Watcher(RunObserver):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def run_started(self, run_id: str, pipeline: str, tasks: Any) -> None:
        self.events.append(("run_started", run_id, tuple(tasks)))

    def task_started(self, name: str, attempt: int) -> None:
        self.events.append(("started", name, attempt))

    def task_progress(self, name: str, rows: int) -> None:
        self.events.append(("progress", name, rows))

    def task_retried(self, name: str, attempt: int, sentence: str, pause: float) -> None:
        self.events.append(("retried", name, attempt, sentence, pause))

    def task_finished(self, result: TaskResult) -> None:
        self.events.append(("finished", result.name, result.state))

    def run_finished(self, result: RunResult) -> None:
        self.events.append(("run_finished", result.state))

    def named(self, kind: str) -> list[str]:
        return [event[1] for event in self.events if event[0] == kind]


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def run(compiled: Callable[[str], CompiledPipeline], home: Home) -> Callable[..., RunResult]:
    """Run one of the pipelines: `run("chain", {"text": "x"}, use_cache=False)`."""

    def run_one(name: str, parameters: dict[str, Any] | None = None, **options: Any) -> RunResult:
        return run_pipeline(compiled(name), parameters or {}, home=options.pop("home", home), **options)

    return run_one
