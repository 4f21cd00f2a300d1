"""What a step declares: its inputs, outputs, parameters and the machine it wants, read from one annotated function."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shipway.artifacts import Artifact
from shipway.errors import ContractError
from shipway.step.annotations import INPUT, MODULE_FILE, OUTPUT
from shipway.step.context import StepContext

SINGLE_RESULT = "output"
"""The output parameter of a step that returns one plain value; kfp reserves "Output" for Python components."""

PARAMETER_KINDS: tuple[type, ...] = (str, int, float, bool, list, dict)


class BadDeclaration(ContractError):
    """A function that cannot be a step as it is annotated."""

    def __init__(self, function: str, parameter: str, problem: str) -> None:
        super().__init__(f"Step {function!r} cannot declare {parameter!r}: {problem}.")


@dataclass(frozen=True)
class InputSpec:
    """An artifact (or several of them) that a step reads."""

    name: str
    artifact_type: type[Artifact]
    optional: bool = False
    is_list: bool = False


@dataclass(frozen=True)
class OutputSpec:
    """An artifact that a step writes."""

    name: str
    artifact_type: type[Artifact]


@dataclass(frozen=True)
class ParameterSpec:
    """A plain value; `kind` is one of str, int, float, bool, list and dict."""

    name: str
    kind: type
    required: bool
    default: Any = None
    is_module_file: bool = False


@dataclass(frozen=True)
class Interface:
    """Everything that a step's signature says, by name and in the order of the signature."""

    inputs: dict[str, InputSpec] = field(default_factory=dict)
    outputs: dict[str, OutputSpec] = field(default_factory=dict)
    parameters: dict[str, ParameterSpec] = field(default_factory=dict)
    results: dict[str, type] = field(default_factory=dict)
    context_name: str | None = None


@dataclass(frozen=True)
class Resources:
    """What a step asks of the machine or the cluster; None leaves the choice to the platform."""

    cpu: str | None = None
    memory: str | None = None
    accelerator: str | None = None
    accelerator_count: int = 0
    node_pool: str | None = None
    retries: int = 0
    timeout_seconds: float | None = None


def read_interface(function: Callable[..., Any]) -> Interface:
    """Read the signature of `function`; raises `BadDeclaration` for what the contract does not know."""
    hints = typing.get_type_hints(function, include_extras=True)
    interface = Interface(results=_results(function, hints.pop("return", None)))
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in hints:
            raise BadDeclaration(function.__name__, name, "it has no annotation")
        if name in interface.results:
            raise BadDeclaration(function.__name__, name, "a result has the same name; call one of them otherwise")
        interface = _with_parameter(interface, function, parameter, hints[name])
    return interface


def _with_parameter(
    interface: Interface, function: Callable[..., Any], parameter: inspect.Parameter, hint: Any
) -> Interface:
    name = parameter.name
    if hint is StepContext:
        return Interface(interface.inputs, interface.outputs, interface.parameters, interface.results, name)
    kind, optional = _without_none(hint)
    marker, inner = _marker(kind)
    if marker is INPUT:
        interface.inputs[name] = _input(function, name, inner, optional)
    elif marker is OUTPUT:
        _require_artifact(function, name, inner)
        interface.outputs[name] = OutputSpec(name, inner)
    elif optional:
        raise BadDeclaration(function.__name__, name, "a parameter cannot be None; give it an empty default instead")
    else:
        interface.parameters[name] = _parameter(function, parameter, inner, marker is MODULE_FILE)
    return interface


def _input(function: Callable[..., Any], name: str, inner: Any, optional: bool) -> InputSpec:
    is_list = typing.get_origin(inner) is list
    artifact_type = typing.get_args(inner)[0] if is_list else inner
    _require_artifact(function, name, artifact_type)
    return InputSpec(name, artifact_type, optional, is_list)


def _parameter(function: Callable[..., Any], parameter: inspect.Parameter, hint: Any, module: bool) -> ParameterSpec:
    kind = typing.get_origin(hint) or hint
    if kind not in PARAMETER_KINDS:
        wanted = "a parameter is a str, int, float, bool, list or dict, an artifact is Input[...] or Output[...]"
        raise BadDeclaration(function.__name__, parameter.name, wanted)
    required = parameter.default is inspect.Parameter.empty
    return ParameterSpec(parameter.name, kind, required, None if required else parameter.default, module)


def _results(function: Callable[..., Any], hint: Any) -> dict[str, type]:
    if hint is None or hint is type(None):
        return {}
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        fields = typing.get_type_hints(hint)
        return {name: _result_kind(function, name, fields[name]) for name in hint._fields}
    return {SINGLE_RESULT: _result_kind(function, "return", hint)}


def _result_kind(function: Callable[..., Any], name: str, hint: Any) -> type:
    kind = typing.get_origin(hint) or hint
    if kind not in PARAMETER_KINDS:
        raise BadDeclaration(function.__name__, name, "an output parameter is a str, int, float, bool, list or dict")
    return kind


def _without_none(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        members = [member for member in typing.get_args(hint) if member is not type(None)]
        if len(members) == 1:
            return members[0], True
    return hint, False


def _marker(hint: Any) -> tuple[Any, Any]:
    if typing.get_origin(hint) is typing.Annotated:
        inner, marker = typing.get_args(hint)[:2]
        return marker, inner
    return None, hint


def _require_artifact(function: Callable[..., Any], name: str, kind: Any) -> None:
    if not (isinstance(kind, type) and issubclass(kind, Artifact)):
        raise BadDeclaration(function.__name__, name, f"{kind!r} is not an artifact type")
