"""Conditions of tasks, written in CEL by KFP's compiler and evaluated by cel-python: never by `eval`.

cel-python takes 0.1 s to import, so this module is imported only where a pipeline has a condition.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import celpy
from celpy import celtypes

from shipway.errors import ContractError


class BadCondition(ContractError):
    """A condition that cannot be read or evaluated."""

    def __init__(self, condition: str, problem: str) -> None:
        super().__init__(f"The condition {condition!r} cannot be evaluated ({problem}): rewrite the dsl.If around it.")


@functools.cache
def compiled(condition: str) -> celpy.Runner:
    """Parse a condition; raises `BadCondition`."""
    environment = celpy.Environment()
    try:
        return environment.program(environment.compile(condition))
    except celpy.CELParseError as error:
        raise BadCondition(condition, f"it is no CEL expression, see column {error.column or 1}") from error


def holds(condition: str, parameters: Mapping[str, Any]) -> bool:
    """Whether the condition holds for a task's parameter values; raises `BadCondition`."""
    values = celtypes.MapType({celtypes.StringType(key): _cel(value) for key, value in parameters.items()})
    inputs = celtypes.MapType({celtypes.StringType("parameter_values"): values})
    try:
        verdict = compiled(condition).evaluate({"inputs": inputs})
    except celpy.CELEvalError as error:
        raise BadCondition(condition, _reason(error)) from error
    if not isinstance(verdict, celtypes.BoolType):
        raise BadCondition(condition, f"it yields {verdict!r}, not true or false")
    return bool(verdict)


def _cel(value: Any) -> Any:
    """Numbers are doubles, as they are in the protobuf values that a cluster evaluates the same expression on."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return celtypes.DoubleType(value)
    if isinstance(value, list):
        return celtypes.ListType([_cel(item) for item in value])
    if isinstance(value, dict):
        return celtypes.MapType({celtypes.StringType(key): _cel(item) for key, item in value.items()})
    return celpy.json_to_cel(value)


def _reason(error: celpy.CELEvalError) -> str:
    text = str(error.args[0]) if error.args else str(error)
    if text == "no such key":
        return f"the parameter {str(error.args[2][0])!r} has no value"
    if "no matching overload" in text:
        return "it compares values of different types"
    return text.splitlines()[0][:160]
