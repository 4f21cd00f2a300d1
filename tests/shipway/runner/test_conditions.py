"""Conditions are CEL and nothing else."""

from typing import Any

import pytest

from shipway.runner.conditions import BadCondition, holds


@pytest.mark.parametrize(
    ("condition", "parameters", "verdict"),
    [
        ("inputs.parameter_values['a'] == 'x'", {"a": "x"}, True),
        ("!(inputs.parameter_values['a'] == 'x') && inputs.parameter_values['a'] == 'y'", {"a": "y"}, True),
        ("int(inputs.parameter_values['n']) > 1", {"n": 1}, False),
        ("inputs.parameter_values['n'] >= 0.5", {"n": 1}, True),
        ("inputs.parameter_values['f'] == double(2)", {"f": 2.0}, True),
        ("inputs.parameter_values['b'] == true", {"b": False}, False),
    ],
)
def test_what_kfp_compiles(condition: str, parameters: dict[str, Any], verdict: bool) -> None:
    assert holds(condition, parameters) is verdict


@pytest.mark.parametrize(
    ("condition", "parameters", "problem"),
    [
        ("inputs.parameter_values['a'] == 'it's'", {"a": "x"}, "no CEL expression, see column"),
        ("inputs.parameter_values['lost'] == 'x'", {}, "the parameter 'lost' has no value"),
        ("'x' == inputs.parameter_values['n']", {"n": 1}, "values of different types"),
        ("1 + 1", {}, "not true or false"),
        ("__import__('os').system('true') == 0", {}, "cannot be evaluated"),
    ],
)
def test_what_cannot_be_evaluated(condition: str, parameters: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadCondition, match=problem):
        holds(condition, parameters)
