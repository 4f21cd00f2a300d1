"""A compiled pipeline and what was learned while compiling it, kept as JSON so that the next run needs no compiler.

What is kept stands for the pipeline only while every source file that was read for it has the same content, and while
Python, Shipway and kfp are the same.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shipway
from shipway.artifacts import digest_file
from shipway.runner.runs_on import installed_versions
from shipway.runner.spec import ParameterSlot, PipelineSpec
from shipway.runner.spec_reader import read_spec
from shipway.runner.step_facts import ArtifactKind, StepFacts

FORMAT = 4
"""Raised when the layout of a record changes."""


@dataclass(frozen=True)
class CompiledPipeline:
    """A pipeline that is ready to run. `folders` are where the pipeline's own modules are found."""

    target: str
    spec: PipelineSpec
    steps: Mapping[str, StepFacts]
    types: Mapping[str, ArtifactKind]
    folders: tuple[str, ...]
    record: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def parameters(self) -> Mapping[str, ParameterSlot]:
        """What the pipeline takes, by name, with types, defaults and descriptions."""
        return self.spec.root.parameters

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CompiledPipeline:
        """Raises what `read_spec` raises."""
        return cls(
            target=record["target"],
            spec=read_spec(record["spec"], record["platform"], record["target"]),
            steps={name: StepFacts.from_json(facts) for name, facts in record["steps"].items()},
            types={kind["name"]: ArtifactKind.from_json(kind) for kind in record["types"]},
            folders=tuple(record["folders"]),
            record=record,
        )


def made_with() -> dict[str, Any]:
    """What a record is only good for."""
    return {
        "format": FORMAT,
        "python": sys.version,
        "shipway": shipway.__version__,
        "kfp": installed_versions().get("kfp", ""),
    }


def digests_of(files: list[str]) -> dict[str, str]:
    """Content digests of source files; "" for one that is gone."""
    return {file: digest_file(Path(file)) if os.path.isfile(file) else "" for file in files}


def is_current(record: Mapping[str, Any]) -> bool:
    """Whether a record still says what compiling again would say."""
    if record.get("made_with") != made_with():
        return False
    sources = record["sources"]
    return digests_of(list(sources)) == sources


def read_record(path: Path) -> dict[str, Any] | None:
    """A record, None where there is none or a broken one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None
