"""The local runner: executes a compiled pipeline on this machine, exactly as it stands in the YAML.

home = Home(Path(".shipway"))
compiled = prepare_pipeline("flights", home)             # a short name, module, .py or compiled YAML
result = run_pipeline(compiled, {"spans": "1-9"}, home=home)
resume_run(result.run_id, home=home)                     # goes on where it was cut off

target --compile--> PipelineSpec --spec_reader--> spec --engine--> scopes and nodes --tasks--> results
                    (own process)                                  |
                              cache, journal, lineage  <-----------+-----> attempts --pool--> zygotes --> children
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shipway.runner.compile import compile_pipeline, prepare_pipeline
    from shipway.runner.compiled import CompiledPipeline
    from shipway.runner.home import Home
    from shipway.runner.results import (
        CANCELLED,
        FAILED,
        INTERRUPTED,
        RUNNING,
        SKIPPED,
        SUCCEEDED,
        RunObserver,
        RunResult,
        TaskResult,
    )
    from shipway.runner.run import resume_run, run_pipeline
    from shipway.runner.runs import list_runs, read_run
    from shipway.runner.targets import known_pipelines

__all__ = [
    "CANCELLED",
    "FAILED",
    "INTERRUPTED",
    "RUNNING",
    "SKIPPED",
    "SUCCEEDED",
    "CompiledPipeline",
    "Home",
    "RunObserver",
    "RunResult",
    "TaskResult",
    "compile_pipeline",
    "known_pipelines",
    "list_runs",
    "prepare_pipeline",
    "read_run",
    "resume_run",
    "run_pipeline",
]

PLACES = {
    "compile": ("compile_pipeline", "prepare_pipeline"),
    "compiled": ("CompiledPipeline",),
    "home": ("Home",),
    "run": ("resume_run", "run_pipeline"),
    "runs": ("list_runs", "read_run"),
    "targets": ("known_pipelines",),
}


def __getattr__(name: str) -> Any:
    """Names are imported when they are first used: the runner's own child processes live in this package too."""
    if name not in __all__:
        raise AttributeError(name)
    place = next((place for place, names in PLACES.items() if name in names), "results")
    return getattr(import_module(f"shipway.runner.{place}"), name)
