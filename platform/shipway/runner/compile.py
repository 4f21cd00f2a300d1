"""From a target to a compiled pipeline: the kept one while it is current, else a new one made by a process of its own.

kfp takes most of a second to import, and a user's module may import TensorFlow or start threads; none of that may
happen in the process that runs the pipeline.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shipway.artifacts import write_text
from shipway.errors import ContractError, EnvironmentFault, ModuleFileError, ShipwayError, UsageError
from shipway.runner.compiled import CompiledPipeline, is_current, read_record
from shipway.runner.home import Home
from shipway.runner.targets import Target, resolve_target
from shipway.settings import STEP_ENVIRONMENT

KINDS: dict[str, type[ShipwayError]] = {
    kind.__name__: kind for kind in (UsageError, ContractError, ModuleFileError, EnvironmentFault, ShipwayError)
}


class CompilerDied(EnvironmentFault):
    """The compiling process ended without an answer: a module that it imported ended it, or crashed."""

    def __init__(self, target: str, code: int) -> None:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        super().__init__(
            f"Compiling {target!r} {how} in the middle of an import: see what it printed above, and let its modules do "
            "nothing but define things."
        )


def prepare_pipeline(target: str, home: Home) -> CompiledPipeline:
    """The pipeline that `target` names, compiled if it has changed since it was last compiled.

    Raises `UsageError` for a target that is no pipeline, `ModuleFileError` or `ContractError` for one that cannot be
    compiled, and `UnsupportedField` for one that cannot run on this machine.
    """
    found = resolve_target(target)
    home.create()
    kept = _record_file(home, found)
    record = read_record(kept)
    if record is None or not is_current(record):
        record = _work(home, ["compile", *_arguments(found)])
        write_text(kept, json.dumps(record))
    return CompiledPipeline.from_record(record)


def compile_pipeline(target: str, output: Path) -> None:
    """Write the pipeline as the YAML that Kubeflow Pipelines takes. Raises as `prepare_pipeline` does."""
    import tempfile

    found = resolve_target(target)
    if found.compiled:
        raise UsageError(f"{target!r} is compiled already: give the .py file or the module that it was made from.")
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "pipeline.yaml")
        _work(Home(Path(folder)).create(), ["package", *_arguments(found), str(package)])
        write_text(output, package.read_text(encoding="utf-8"))


def refresh(record: Mapping[str, Any], home: Home) -> CompiledPipeline:
    """A pipeline out of an earlier record: its spec as it was, with what its steps declare by now.

    Raises what loading the steps raises.
    """
    if is_current(record):
        return CompiledPipeline.from_record(record)
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(record, file)
        file.flush()
        return CompiledPipeline.from_record(_work(home, ["describe", file.name]))


def _arguments(target: Target) -> list[str]:
    return [target.text, str(target.path), target.module, target.folder, target.pipeline]


def _record_file(home: Home, target: Target) -> Path:
    identity = hashlib.sha256("\0".join(_arguments(target)[1:]).encode()).hexdigest()[:16]
    return home.compiled / f"{target.path.stem}-{identity}.json"


def _work(home: Home, arguments: list[str]) -> dict[str, Any]:
    """Have the worker do something; its answer, or its error raised here."""
    import subprocess

    log = home.logs / "compile.log"
    with os.fdopen(os.memfd_create("answer", os.MFD_CLOEXEC), encoding="utf-8") as answer:
        file = f"/dev/fd/{answer.fileno()}"  # in memory: a full disk must not swallow the sentence that says so
        ended = subprocess.run(
            [sys.executable, "-m", "shipway.runner.compile_worker", file, str(log), *arguments],
            env={**STEP_ENVIRONMENT, **os.environ},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            pass_fds=[answer.fileno()],
            check=False,
        )
        text = answer.read()
    if not text:
        raise CompilerDied(arguments[1], ended.returncode)
    message = json.loads(text)
    if "error" in message:
        raise KINDS.get(message["kind"], ShipwayError)(message["error"])
    return message
