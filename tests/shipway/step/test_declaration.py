from typing import Any, NamedTuple

import pytest

from shipway.artifacts import Examples, Model
from shipway.step import Input, ModuleFile, Output, StepContext, step
from shipway.step.declaration import BadDeclaration, read_interface


class Result(NamedTuple):
    loss: float
    note: str


def train(
    examples: Input[Examples],
    model: Output[Model],
    module_file: ModuleFile,
    context: StepContext,
    others: Input[list[Examples]] | None = None,
    base: Input[Model] | None = None,
    steps: int = 10,
    names: list[str] = [],
    config: dict[str, Any] = {},
) -> Result: ...


def test_a_signature_declares_everything():
    interface = read_interface(train)
    assert list(interface.inputs) == ["examples", "others", "base"]
    assert (interface.inputs["examples"].artifact_type, interface.inputs["examples"].optional) == (Examples, False)
    assert interface.inputs["others"].is_list
    assert interface.inputs["base"].optional
    assert interface.outputs["model"].artifact_type is Model
    assert {name: spec.kind for name, spec in interface.parameters.items()} == {
        "module_file": str,
        "steps": int,
        "names": list,
        "config": dict,
    }
    assert interface.parameters["module_file"].is_module_file
    assert interface.parameters["module_file"].required
    assert interface.parameters["steps"].default == 10
    assert interface.results == {"loss": float, "note": str}
    assert interface.context_name == "context"


def no_annotation(thing): ...
def odd_parameter(thing: set): ...
def none_parameter(thing: str | None = None): ...
def not_an_artifact(thing: Input[int]): ...
def odd_result() -> set: ...
def same_names(loss: float) -> Result: ...


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (no_annotation, "'thing': it has no annotation"),
        (odd_parameter, "'thing': a parameter is a str"),
        (none_parameter, "'thing': a parameter cannot be None"),
        (not_an_artifact, "is not an artifact type"),
        (odd_result, "'return': an output parameter is a str"),
        (same_names, "'loss': a result has the same name"),
    ],
)
def test_what_the_contract_does_not_know_is_named(function, words):
    with pytest.raises(BadDeclaration, match=words):
        read_interface(function)


def test_a_single_return_value_is_called_output():
    def count() -> int: ...

    assert read_interface(count).results == {"output": int}


def test_a_step_is_found_by_the_name_of_its_module():
    @step(image="data")
    def declared(count: int = 1) -> None:
        """Say one thing.

        And more.
        """

    declared.function.__module__ = "pkg.declared"
    assert declared.reference == "pkg.declared"
    declared.function.__module__ = "pkg.steps"
    assert declared.reference == "pkg.steps.declared"
    assert declared.summary == "Say one thing."
