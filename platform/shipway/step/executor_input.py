"""Reading an executor input, the JSON that Kubeflow Pipelines gives a container in the place of `{{$}}`.

In a real pod an input artifact has lost its type and name and its metadata has been through Kubeflow's own store:
lists and objects are wrapped, whole numbers may have become floats, bools 1 and 0. The step's signature knows better,
so everything is read by the signature. Outputs that the signature does not know (`executor-logs`) are left alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.artifacts import RESOLVED, RESOLVED_URI, Artifact, Scalar
from shipway.errors import ContractError, InputError, UsageError
from shipway.step.declaration import InputSpec, ParameterSpec
from shipway.step.step import Step


class BadExecutorInput(ContractError):
    """The text after --executor-input is not what Kubeflow Pipelines writes."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The executor input is not usable: {problem}; pass the JSON that stands for '{{{{$}}}}'.")


class MissingInput(InputError):
    """A required input artifact was not wired, or a step before found none."""

    def __init__(self, step: str, name: str, problem: str) -> None:
        super().__init__(f"Step {step!r} needs the input {name!r}, but {problem}.")


class WrongParameter(UsageError):
    """A parameter's value is not of the declared type."""

    def __init__(self, step: str, name: str, value: Any, kind: type) -> None:
        super().__init__(f"Parameter {name!r} of step {step!r} is {value!r}, which is not {_article(kind)}.")


class MissingParameter(UsageError):
    """A parameter without a default was not given."""

    def __init__(self, step: str, name: str) -> None:
        super().__init__(f"Step {step!r} needs the parameter {name!r}: give it a value in the pipeline.")


@dataclass(frozen=True)
class Call:
    """An executor input, read by a step's signature."""

    inputs: dict[str, Artifact | list[Artifact] | None]
    outputs: dict[str, Artifact]
    parameters: dict[str, Any]
    result_files: dict[str, str]
    output_file: str

    def wired(self) -> Iterator[tuple[str, Artifact]]:
        """Each input artifact with the name of its input."""
        for name, value in self.inputs.items():
            for artifact in value if isinstance(value, list) else [value]:
                if artifact is not None:
                    yield name, artifact


def parse_json(text: str) -> dict[str, Any]:
    """The executor input as an object; raises `BadExecutorInput` for anything else."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadExecutorInput(f"{error.msg} at character {error.pos}") from error
    if not isinstance(value, dict):
        raise BadExecutorInput("it is not a JSON object")
    return value


def read_call(step: Step, executor_input: Mapping[str, Any], needs_files: bool = True) -> Call:
    """Read what the step is called with; unless it `needs_files`, the files of inputs may still be elsewhere.

    Raises `BadExecutorInput`, `MissingInput`, `MissingParameter` and `WrongParameter`.
    """
    inputs = executor_input.get("inputs") or {}
    outputs = executor_input.get("outputs") or {}
    if not outputs.get("outputFile"):
        raise BadExecutorInput("outputs.outputFile is missing")
    artifacts = inputs.get("artifacts") or {}
    values = inputs.get("parameterValues") or {}
    written = outputs.get("artifacts") or {}
    call = Call(
        inputs={name: _input(step, spec, artifacts.get(name)) for name, spec in step.inputs.items()},
        outputs={name: _output(step, name, written.get(name)) for name in step.outputs},
        parameters={name: _parameter(step, spec, values) for name, spec in step.parameters.items()},
        result_files={key: spec["outputFile"] for key, spec in (outputs.get("parameters") or {}).items()},
        output_file=outputs["outputFile"],
    )
    if needs_files:
        require_files(step, call)
    return call


def require_files(step: Step, call: Call) -> None:
    """Raise `MissingInput` for an input whose files are not where this process looks for them."""
    for name, artifact in call.wired():
        if not artifact.path.exists():
            raise MissingInput(step.name, name, f"its files are gone: nothing lies at {str(artifact.path)!r}")


def unwrap(value: Any) -> Any:
    """A metadata value as it was written, undoing what Kubeflow's own store does to lists and objects."""
    if isinstance(value, Mapping) and len(value) == 1:
        if isinstance(value.get("list"), list):
            return [unwrap(item) for item in value["list"]]
        if isinstance(value.get("struct"), Mapping):
            return {key: unwrap(item) for key, item in value["struct"].items()}
    return value


def _input(step: Step, spec: InputSpec, wired: Mapping[str, Any] | None) -> Artifact | list[Artifact] | None:
    artifacts = [_artifact(spec.artifact_type, item) for item in (wired or {}).get("artifacts") or ()]
    found = [artifact for artifact in artifacts if artifact.metadata.get(RESOLVED, 1) and artifact.uri]
    if not found and not spec.optional:
        problem = "the step before it resolved none" if artifacts else "nothing is wired to it"
        raise MissingInput(step.name, spec.name, problem)
    if spec.is_list:
        return found
    return found[0] if found else None


def _artifact(kind: type[Artifact], item: Mapping[str, Any]) -> Artifact:
    metadata = {key: _flat(unwrap(value)) for key, value in (item.get("metadata") or {}).items()}
    for key, stored_as in kind.properties.items():
        if stored_as is int and isinstance(metadata.get(key), float):
            metadata[key] = int(metadata[key])
    uri = str(metadata.pop(RESOLVED_URI, "")) or item.get("uri", "")
    return kind(uri, metadata=metadata, name=item.get("name", ""))


def _flat(value: Any) -> Scalar:
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _output(step: Step, name: str, written: Mapping[str, Any] | None) -> Artifact:
    items: list[Mapping[str, Any]] = (written or {}).get("artifacts") or []
    if len(items) != 1 or not items[0].get("uri"):
        raise BadExecutorInput(f"outputs.artifacts.{name} does not hold one artifact with a uri")
    return step.outputs[name].artifact_type(items[0]["uri"], name=items[0].get("name", name))


def _parameter(step: Step, spec: ParameterSpec, values: Mapping[str, Any]) -> Any:
    if values.get(spec.name) is None:
        if spec.required:
            raise MissingParameter(step.name, spec.name)
        return spec.default
    value = values[spec.name]
    if spec.kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if spec.kind is int and isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    if spec.kind is bool and value in (0, 1):
        return bool(value)
    if not isinstance(value, spec.kind) or (spec.kind is int and isinstance(value, bool)):
        raise WrongParameter(step.name, spec.name, value, spec.kind)
    return value


def _article(kind: type) -> str:
    names = {
        str: "a string", int: "a whole number", float: "a number", bool: "true or false", list: "a list",
        dict: "an object",
    }  # fmt: skip
    return names[kind]
