"""What the runner must know of a Shipway step without importing it: read once, when a pipeline is compiled.

A run whose steps are all cached then imports no user's module, no kfp and no TensorFlow.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shipway.artifacts import Artifact
from shipway.runner.spec import Container, PipelineSpec

STEP_COMMAND = ("python", "-m", "shipway.step")
BUILT_IN = "shipway_components"
ANY_TITLE = "system.Artifact"


@dataclass(frozen=True)
class StepFacts:
    """A step's declaration, as far as the runner needs it."""

    reference: str
    module: str
    source: str
    preload: tuple[str, ...]
    cacheable: bool
    reads: bool
    timeout_seconds: float
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    parameters: tuple[str, ...]
    module_files: tuple[str, ...]

    @property
    def built_in(self) -> bool:
        """Whether its module is one of the platform's, which import in milliseconds."""
        return self.module.partition(".")[0] == BUILT_IN

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StepFacts:
        lists = ("preload", "parameters", "module_files")
        return cls(**{**value, **{name: tuple(value[name]) for name in lists}})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class ArtifactKind:
    """An artifact type that a step names: the types it refines, itself first, and KFP's title of it."""

    name: str
    refines: tuple[str, ...]
    title: str

    def takes_title(self, title: str) -> bool:
        """Whether an artifact of which only KFP's title is known may be one of this type."""
        return title in (self.title, ANY_TITLE) or self.title == ANY_TITLE

    @classmethod
    def of(cls, kind: type[Artifact]) -> ArtifactKind:
        names = [getattr(base, "type_name", "") for base in kind.__mro__]
        return cls(kind.type_name, tuple(dict.fromkeys(name for name in names if name)), kind.schema_title)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ArtifactKind:
        return cls(value["name"], tuple(value["refines"]), value["title"])


def step_reference(container: Container) -> str:
    """The step that a container runs, "" when it is no Shipway step."""
    if container.command == STEP_COMMAND and container.arguments:
        return container.arguments[0]
    return ""


def references(pipeline: PipelineSpec) -> Iterator[str]:
    """All Shipway steps of a pipeline, each once."""
    found = (step_reference(c.body) for c in pipeline.components.values() if isinstance(c.body, Container))
    return iter(dict.fromkeys(reference for reference in found if reference))


def describe_step(reference: str) -> tuple[StepFacts, list[ArtifactKind]]:
    """Import a step and read its declaration, and the artifact types that it names.

    Raises what `load_step` raises.
    """
    from shipway.step import load_step

    step = load_step(reference)
    module = step.function.__module__
    source = Path(sys.modules[module].__file__ or "")
    kinds = [slot.artifact_type for slot in step.inputs.values()] + [
        slot.artifact_type for slot in step.outputs.values()
    ]
    facts = StepFacts(
        reference=reference,
        module=module,
        source=str(source),
        preload=step.preload,
        cacheable=step.cacheable,
        reads=step.reads is not None,
        timeout_seconds=step.resources.timeout_seconds or 0.0,
        inputs={name: slot.artifact_type.type_name for name, slot in step.inputs.items()},
        outputs={name: slot.artifact_type.type_name for name, slot in step.outputs.items()},
        parameters=tuple(step.parameters),
        module_files=tuple(name for name, spec in step.parameters.items() if spec.is_module_file),
    )
    return facts, [ArtifactKind.of(kind) for kind in kinds]
