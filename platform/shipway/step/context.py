"""What a step may know of the run it is part of, beside its inputs and parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipway.errors import ContractError


class BadOutputFile(ContractError):
    """An executor input whose output file does not lie where Kubeflow Pipelines puts it."""

    def __init__(self, output_file: str) -> None:
        wanted = "<pipeline>/<run id>/<task>/<attempt>/output_metadata.json"
        super().__init__(f"The executor input's outputFile {output_file!r} does not end in {wanted}.")


@dataclass(frozen=True)
class RunIdentity:
    """Which task of which run this is, read from where its output file lies.

    The path tells it, so that it is no input of the step: inputs are part of the cache key of Kubeflow Pipelines.
    """

    pipeline: str
    run_id: str
    task: str

    @classmethod
    def of_output_file(cls, output_file: str) -> RunIdentity:
        parts = Path(output_file).parts
        if len(parts) < 5:
            raise BadOutputFile(output_file)
        return cls(*parts[-5:-2])


def no_progress(rows: int) -> None:
    """Where nobody watches."""


@dataclass(frozen=True)
class StepContext:
    """Injected into a step that has a parameter of this type; never part of the step's interface.

    `progress` takes the rows done so far. `lineage` answers read-only questions about earlier artifacts, or is None
    where no metadata store is configured. `work_dir` is a scratch folder, deleted when the step ends.
    """

    pipeline_name: str
    run_id: str
    task_name: str
    work_dir: Path
    progress: Callable[[int], None] = no_progress
    lineage: Any = None
