"""One call of a container: its executor input, as Kubeflow Pipelines would write it, and the job for its process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from shipway.artifacts import ARTIFACT_TYPES, DIGEST, FOUND_TYPE
from shipway.artifacts.publish import PARTIAL
from shipway.errors import ContractError
from shipway.runner.outputs import ArtifactValue, Values
from shipway.runner.placeholders import Placeholders
from shipway.runner.plan import Plan
from shipway.runner.scope import Node
from shipway.runner.spec import Component, Container
from shipway.runner.step_facts import ArtifactKind
from shipway.settings import MetadataAddress

OUTPUT_FILE = "output_metadata.json"


class WrongArtifact(ContractError):
    """An artifact of one type has reached a step that takes another."""

    def __init__(self, producer: str, made: str, consumer: str, name: str, wanted: str) -> None:
        super().__init__(
            f"Task {consumer!r} takes {wanted} for its input {name!r}, but task {producer!r} gave it {made}: wire an "
            f"artifact of type {wanted} to it."
        )


class WrongNesting(ContractError):
    """A container's placeholder that holds a list where one text belongs."""

    def __init__(self, part: str) -> None:
        super().__init__(f"The command of a container holds {part!r}, in which a list stands where one text belongs.")


def check_artifact_types(node: Node, plan: Plan, types: Mapping[str, ArtifactKind]) -> None:
    """Every input artifact of a step is of the declared type. Raises `WrongArtifact`."""
    for name, wanted in (plan.facts.inputs if plan.facts else {}).items():
        for artifact in node.inputs.artifacts.get(name, ()):
            if not _fits(artifact, types[wanted], types):
                raise WrongArtifact(artifact.producer, artifact.type_name, node.name, name, wanted)


def _fits(artifact: ArtifactValue, wanted: ArtifactKind, types: Mapping[str, ArtifactKind]) -> bool:
    """An artifact that no Shipway step made (of an importer, a container) is only known by KFP's title of its type."""
    if artifact.type_name in types:
        return wanted.name in types[artifact.type_name].refines
    if artifact.type_name in ARTIFACT_TYPES:
        return wanted.name in ArtifactKind.of(ARTIFACT_TYPES[artifact.type_name]).refines
    return wanted.takes_title(artifact.schema_title)


def attempt_folders(task_folder: Path, plan: Plan, attempt: str) -> tuple[Path, Path]:
    """Where an attempt writes and where its outputs lie in the end: a step's own outputs are renamed one by one."""
    final = task_folder / attempt
    return (final if plan.kind == "step" else task_folder / f"{PARTIAL}{attempt}"), final


def executor_input(node: Node, folder: Path) -> dict[str, Any]:
    """The JSON that stands for `{{$}}`, with outputs inside `folder`."""
    component = node.component
    artifacts = {
        name: {"artifacts": [ArtifactValue("", slot.schema_title, str(folder / name), name=name).runtime()]}
        for name, slot in component.output_artifacts.items()
    }
    parameters = {name: {"outputFile": str(folder / ".parameters" / name)} for name in component.output_parameters}
    wired = {key: {"artifacts": [a.runtime() for a in listed]} for key, listed in node.inputs.artifacts.items()}
    return {
        "inputs": {"parameterValues": dict(node.inputs.parameters), "artifacts": wired},
        "outputs": {"parameters": parameters, "artifacts": artifacts, "outputFile": str(folder / OUTPUT_FILE)},
    }


def make_job(
    node: Node, plan: Plan, folders: tuple[Path, Path], facts: Mapping[str, str], log: Path, metadata: MetadataAddress
) -> dict[str, Any]:
    """What the task's process is told."""
    container = node.component.body
    assert isinstance(container, Container)
    called = executor_input(node, folders[0])
    placeholders = Placeholders(called, facts)
    job = {
        "kind": plan.kind,
        "executor_input": called,
        "environment": {key: placeholders.fill(value) for key, value in container.environment.items()},
        "log": str(log),
        "metadata": metadata.to_json(),
        "folder": str(folders[0]),
        "final_folder": str(folders[1]),
        "output_kinds": dict(node.component.output_parameters),
    }
    if plan.kind == "step":
        return {**job, "reference": plan.label}
    if plan.kind == "function":
        return {**job, "source": plan.source, "function": plan.function}
    return {**job, "command": command_line(container, called, placeholders)}


def command_line(container: Container, called: Mapping[str, Any], placeholders: Placeholders) -> list[str]:
    """A container's command and arguments with every placeholder resolved. Raises `WrongNesting`."""
    given = {*called["inputs"]["parameterValues"], *called["inputs"]["artifacts"]}
    parts: list[str] = []
    for part in (*container.command, *container.arguments):
        structure = json.loads(part) if part.startswith(('{"Concat": ', '{"IfPresent": ')) else part
        parts += [placeholders.fill(resolved) for resolved in _flattened(_resolve(structure, given))]
    return parts


def _resolve(structure: Any, given: set[str]) -> Any:
    """A text, a list of texts, or None, for KFP's `Concat` and `IfPresent`."""
    if not isinstance(structure, dict):
        return structure
    if "Concat" in structure:
        resolved = [_resolve(item, given) for item in structure["Concat"]]
        if any(isinstance(item, list) for item in resolved):
            raise WrongNesting(json.dumps(structure))
        return "".join(item for item in resolved if item is not None)
    choice = structure["IfPresent"]
    chosen = choice["Then"] if choice["InputName"] in given else choice.get("Else")
    return [_resolve(item, given) for item in chosen] if isinstance(chosen, list) else _resolve(chosen, given)


def _flattened(resolved: Any) -> list[str]:
    if resolved is None:
        return []
    if isinstance(resolved, list):
        return [text for item in resolved for text in _flattened(item)]
    return [resolved]


def read_outputs(node: Node, plan: Plan, output: Mapping[str, Any]) -> Values:
    """The values of an executor output, with the types that the step declares."""
    component: Component = node.component
    declared = plan.facts.outputs if plan.facts else {}
    artifacts = {}
    for name, slot in component.output_artifacts.items():
        listed = (output.get("artifacts", {}).get(name) or {}).get("artifacts") or []
        kind = declared.get(name, slot.schema_title)
        artifacts[name] = [_artifact_value(item, kind, slot.schema_title, node.name) for item in listed]
    values = output.get("parameterValues") or {}
    return Values({name: values[name] for name in component.output_parameters if name in values}, artifacts)


def read_evidence(node: Node, plan: Plan, kept: Mapping[str, Any]) -> Values:
    """What a step that failed has left, which is mostly nothing."""
    outputs = read_outputs(node, plan, {"artifacts": kept})
    return Values(artifacts={name: listed for name, listed in outputs.artifacts.items() if listed})


def _artifact_value(item: Mapping[str, Any], kind: str, title: str, producer: str) -> ArtifactValue:
    metadata = dict(item.get("metadata") or {})
    kind = str(metadata.pop(FOUND_TYPE, kind))
    digest = str(metadata.pop(DIGEST, ""))
    value = ArtifactValue(kind, title, item["uri"], metadata, digest, item.get("name", ""), producer)
    return value if value.resolved else replace(value, digest="")
