"""Bringing values to a task, from its scope, other tasks and constants, and from a DAG's tasks to its outputs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shipway.errors import ContractError
from shipway.runner.outputs import ArtifactValue, Values
from shipway.runner.placeholders import Placeholders
from shipway.runner.scope import GROUP_INPUT, Node, Scope, State
from shipway.runner.spec import (
    UNSET,
    Constant,
    FinalStatus,
    ParameterWiring,
    ScopeInput,
    Source,
    TaskOutput,
)
from shipway.runner.values import KIND_NAMES, NotOfKind, coerce

FAILED_PRECONDITION = 9
FINAL_STATES = {State.SUCCEEDED: "SUCCEEDED", State.CANCELLED: "CANCELLED", State.OMITTED: "SKIPPED"}


class UnsetParameter(ContractError):
    """A task whose parameter has no value when it is its turn."""

    def __init__(self, task: str, name: str, source: Source | None) -> None:
        where = {
            TaskOutput: lambda s: f"task {s.task!r} gave no {s.key!r}",
            ScopeInput: lambda s: f"nothing was given for {s.name!r}",
        }
        reason = where[type(source)](source) if type(source) in where else "nothing is wired to it"
        super().__init__(f"Task {task!r} has no value for its parameter {name!r}: {reason}; give it a default.")


class WrongParameterKind(ContractError):
    """A value of another type than the task declares."""

    def __init__(self, task: str, name: str, value: Any, kind: str) -> None:
        super().__init__(f"Task {task!r} gets {value!r} for its parameter {name!r}, which must be {KIND_NAMES[kind]}.")


class UnsetMention(ContractError):
    """A text that is put together from a value which is not there."""

    def __init__(self, task: str, name: str, mentioned: str) -> None:
        super().__init__(
            f"Task {task!r} puts the value of {mentioned.removeprefix(GROUP_INPUT)!r} into its parameter {name!r}, but "
            "it has none: give it a default."
        )


class UnsetArtifact(ContractError):
    """A task whose required artifact nothing provides."""

    def __init__(self, task: str, name: str) -> None:
        super().__init__(f"Task {task!r} has nothing for its input {name!r}: wire an artifact to it in the pipeline.")


class NoSuchField(ContractError):
    """A loop's item without the field that a task takes from it."""

    def __init__(self, task: str, name: str, path: tuple[str | int, ...], value: Any) -> None:
        wanted = "".join(f"[{key!r}]" for key in path)
        super().__init__(f"Task {task!r} takes {wanted} of {value!r} for its parameter {name!r}, which has none.")


def resolve_inputs(node: Node, facts: Mapping[str, str]) -> Values:
    """What `node` is given, of the types that its component declares; parameters without a value are left out.

    `facts` are the run's and the task's own placeholders. Raises `ContractError`s.
    """
    raw = {}
    for name, wiring in node.task.parameters.items():
        value = _parameter(node, name, wiring, facts)
        if value is not UNSET and value is not None:
            raw[name] = value
    constants = [name for name, wiring in node.task.parameters.items() if isinstance(wiring.source, Constant)]
    _fill_constants(node, raw, constants, facts)
    return Values(_typed(node, raw), _artifacts(node))


def _parameter(node: Node, name: str, wiring: ParameterWiring, facts: Mapping[str, str]) -> Any:
    value = _sourced(node, wiring.source, facts)
    if value is UNSET or not wiring.path:
        return value
    try:
        found = json.loads(value) if isinstance(value, str) else value
        for key in wiring.path:
            found = found[key]
    except (KeyError, IndexError, TypeError, json.JSONDecodeError):
        raise NoSuchField(node.name, name, wiring.path, value) from None
    return found


def _sourced(node: Node, source: Source, facts: Mapping[str, str]) -> Any:
    if isinstance(source, Constant):
        return source.value
    if isinstance(source, ScopeInput):
        return node.scope.parameter(source.name)
    producer = node.scope.nodes[source.task]
    if isinstance(source, FinalStatus):
        return final_status(producer, facts)
    return producer.outputs.parameters.get(source.key, UNSET)


def _fill_constants(node: Node, raw: dict[str, Any], constants: Iterable[str], facts: Mapping[str, str]) -> None:
    placeholders = Placeholders({"inputs": {"parameterValues": dict(raw)}}, facts)
    for name in constants:
        if name in raw:
            raw[name] = placeholders.fill(raw[name])
        if placeholders.missing:
            raise UnsetMention(node.name, name, placeholders.missing[0])


def _typed(node: Node, raw: Mapping[str, Any]) -> dict[str, Any]:
    """KFP's compiler declares channels on groups that it never fills, so only real tasks must have all values."""
    typed = {}
    for slot in node.component.parameters.values():
        value = raw.get(slot.name, slot.default)
        if value is UNSET or value is None:
            if slot.required and not node.task.is_group:
                wiring = node.task.parameters.get(slot.name)
                raise UnsetParameter(node.name, slot.name, wiring.source if wiring else None)
            continue
        try:
            typed[slot.name] = coerce(value, slot.kind)
        except NotOfKind:
            raise WrongParameterKind(node.name, slot.name, value, slot.kind) from None
    return typed


def _artifacts(node: Node) -> dict[str, list[ArtifactValue]]:
    found = {}
    for name, source in node.task.artifacts.items():
        if isinstance(source, ScopeInput):
            value = node.scope.artifacts(source.name)
        else:
            assert isinstance(source, TaskOutput)
            value = node.scope.nodes[source.task].outputs.artifacts.get(source.key, UNSET)
        slot = node.component.artifacts.get(name)
        if value is not UNSET:
            found[name] = value
        elif slot is not None and not slot.optional:
            raise UnsetArtifact(node.name, name)
    return found


def final_status(producer: Node, facts: Mapping[str, str]) -> dict[str, Any]:
    """How a task ended, as KFP's PipelineTaskFinalStatus."""
    failed = producer.state not in FINAL_STATES
    return {
        "state": FINAL_STATES.get(producer.state, "FAILED"),
        "pipelineJobResourceName": facts.get("pipeline_job_resource_name", ""),
        "pipelineTaskName": producer.task.name,
        "error": {"code": FAILED_PRECONDITION, "message": producer.sentence} if failed else {},
    }


def dag_outputs(scope: Scope) -> Values:
    """The outputs of a DAG whose tasks have all ended; what no task made is left out."""

    def chosen(selectors: Iterable[TaskOutput], side: str) -> Any:
        for selector in selectors:
            node = scope.nodes.get(selector.task)
            if node is not None and selector.key in getattr(node.outputs, side):
                return getattr(node.outputs, side)[selector.key]
        return UNSET

    parameters = {key: chosen(selectors, "parameters") for key, selectors in scope.dag.parameters.items()}
    artifacts = {key: chosen(selectors, "artifacts") for key, selectors in scope.dag.artifacts.items()}
    return Values(
        {key: value for key, value in parameters.items() if value is not UNSET},
        {key: value for key, value in artifacts.items() if value is not UNSET},
    )
