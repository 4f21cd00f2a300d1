"""The process that compiles: `python -m shipway.runner.compile_worker ANSWER LOG compile|package|describe ...`

It imports kfp and the user's modules, which the runner itself never does, and answers with one JSON file: a record of
the compiled pipeline, or an error's sentence.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shipway.errors import ContractError, EnvironmentFault, ModuleFileError, ShipwayError, UsageError, in_one_line
from shipway.runner.compiled import digests_of, made_with
from shipway.runner.opened_files import OpenedFiles
from shipway.runner.spec_reader import read_spec
from shipway.runner.step_facts import describe_step, references
from shipway.runner.targets import Target

KINDS = (UsageError, ContractError, ModuleFileError, EnvironmentFault, ShipwayError)


def main(arguments: list[str]) -> int:
    answer, log, action, *rest = arguments
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    opened = OpenedFiles()
    try:
        result = ACTIONS[action](opened, *rest)
    except ShipwayError as error:
        _log(log)
        kind = next(kind for kind in KINDS if isinstance(error, kind))
        result = {"error": str(error), "kind": kind.__name__}
    except Exception as error:
        _log(log)
        result = {"error": f"Compiling failed with {in_one_line(error)} (trace in {log}).", "kind": ""}
    Path(answer).write_text(json.dumps(result), encoding="utf-8")
    return 1 if "error" in result else 0


def compile_target(
    opened: OpenedFiles, text: str, path: str, module: str, folder: str, pipeline: str
) -> dict[str, Any]:
    """Compile a module's pipeline, or read a compiled file, and describe its steps."""
    target = Target(text, Path(path), module, folder, pipeline)
    if target.compiled:
        from shipway.runner.compiled_file import read_compiled

        sys.path.insert(0, folder)
        spec, platform = read_compiled(target)
    else:
        from google.protobuf.json_format import MessageToDict

        from shipway.runner.pipeline_module import load_pipeline

        found = load_pipeline(target)
        spec, platform = MessageToDict(found.pipeline_spec), MessageToDict(found.platform_spec)
    record = {"target": text, "spec": spec, "platform": platform, "folders": [folder]}
    return make_record(record, [path], opened)


def package_target(
    _: OpenedFiles, text: str, path: str, module: str, folder: str, pipeline: str, output: str
) -> dict[str, Any]:
    """Write the YAML that Kubeflow Pipelines takes."""
    from shipway.runner.pipeline_module import load_pipeline, write_package

    write_package(load_pipeline(Target(text, Path(path), module, folder, pipeline)), Path(output))
    return {}


def describe_record(opened: OpenedFiles, file: str) -> dict[str, Any]:
    """Describe the steps of a compiled pipeline anew."""
    record = json.loads(Path(file).read_text(encoding="utf-8"))
    sys.path[:0] = record["folders"]
    kept = {name: record[name] for name in ("target", "spec", "platform", "folders")}
    return make_record(kept, [path for path in record["sources"] if Path(path).is_file()], opened)


def make_record(record: dict[str, Any], sources: list[str], opened: OpenedFiles | None = None) -> dict[str, Any]:
    """Add to a compiled pipeline what the runner must know of it: its steps' declarations, and what it was made from.

    Raises what reading the spec, its conditions and its steps raises.
    """
    pipeline = read_spec(record["spec"], record["platform"], record["target"])
    if any(pipeline.conditions()):
        from shipway.runner.conditions import compiled

        for condition in pipeline.conditions():
            compiled(condition)
    steps, types = {}, {}
    for reference in references(pipeline):
        facts, kinds = describe_step(reference)
        steps[reference] = facts.to_json()
        types.update({kind.name: asdict(kind) for kind in kinds})
    found = digests_of(sorted({*sources, *(opened.sources() if opened else ())}))
    return {**record, "steps": steps, "types": [*types.values()], "sources": found, "made_with": made_with()}


def _log(path: str) -> None:
    with contextlib.suppress(OSError), open(path, "a", encoding="utf-8") as file:
        traceback.print_exc(file=file)


ACTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "compile": compile_target,
    "package": package_target,
    "describe": describe_record,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
