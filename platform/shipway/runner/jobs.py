"""The kinds of work that a task's process does."""

from __future__ import annotations

import functools
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.artifacts import digest_tree
from shipway.errors import StepError
from shipway.runner.container_outputs import collect_outputs, prepare_folders
from shipway.runner.lifeline import die_with_parent
from shipway.settings import MetadataAddress

if TYPE_CHECKING:
    from shipway.runner.child import Answer

PYTHON_COMPONENT = "kfp.dsl.executor_main"
"""The module of the installed kfp that runs a lightweight Python component."""


class CommandFailed(StepError):
    """A container's command ended with a code other than 0."""

    def __init__(self, command: str, code: int, log: str) -> None:
        ended = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        super().__init__(f"The command {command!r} {ended}: see {log}.")


def run_step(job: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """Run a Shipway step; its executor output."""
    from shipway.step import execute, load_step

    step = load_step(job["reference"])
    lineage = LazyLineage(MetadataAddress.from_json(job["metadata"])) if step.interface.context_name else None
    return execute(step, job["executor_input"], progress=answer.progress, lineage=lineage)


def run_function(job: dict[str, Any], _: Answer) -> dict[str, Any]:
    """Run a lightweight Python component out of the source that its command carries, by kfp's own executor."""
    prepare_folders(job["executor_input"])
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder, "ephemeral_component.py")
        module.write_text(job["source"], encoding="utf-8")
        os.environ["_KFP_RUNTIME"] = "true"
        sys.argv = [PYTHON_COMPONENT, "--component_module_path", str(module)]
        sys.argv += ["--executor_input", json.dumps(job["executor_input"]), "--function_to_execute", job["function"]]
        importlib.import_module(PYTHON_COMPONENT).executor_main()
    return collect_outputs(job)


def run_command(job: dict[str, Any], _: Answer) -> dict[str, Any]:
    """Run a container's command as a process of this machine."""
    prepare_folders(job["executor_input"])
    follow = functools.partial(die_with_parent, signal.SIGKILL, os.getpid())
    code = subprocess.run(job["command"], preexec_fn=follow, check=False).returncode
    if code:
        raise CommandFailed(job["command"][0], code, job["log"])
    return collect_outputs(job)


def run_digest(job: dict[str, Any], _: Answer) -> dict[str, Any]:
    """Digest what an importer points at, which may be large."""
    return {"digest": digest_tree(Path(job["path"]))}


class LazyLineage:
    """The queries of the metadata store, opened when a step first asks one: most never do."""

    def __init__(self, address: MetadataAddress) -> None:
        self._address = address

    def __getattr__(self, name: str) -> Any:
        from shipway.lineage import LineageQueries

        queries = LineageQueries.open(self._address)
        self.__dict__.update({key: getattr(queries, key) for key in dir(queries) if not key.startswith("_")})
        return getattr(queries, name)


JOBS = {"step": run_step, "function": run_function, "command": run_command, "digest": run_digest}
