"""Parameter values: their text in a placeholder and their coercion to a declared type, as KFP's backend does both."""

from __future__ import annotations

import json
import math
from typing import Any

KIND_NAMES = {
    "STRING": "a text",
    "NUMBER_INTEGER": "a whole number",
    "NUMBER_DOUBLE": "a number",
    "BOOLEAN": "true or false",
    "LIST": "a list",
    "STRUCT": "an object",
    "TASK_FINAL_STATUS": "a task's final status",
}
EXAMPLES = {
    "NUMBER_INTEGER": "3",
    "NUMBER_DOUBLE": "0.5",
    "BOOLEAN": "true",
    "LIST": '["a", "b"]',
    "STRUCT": '{"key": "value"}',
}
TRUTHS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
PARSED = {"LIST": list, "STRUCT": dict, "TASK_FINAL_STATUS": dict}


class NotOfKind(ValueError):
    """A value that cannot be read as the kind that is declared; callers say whose value it is."""


def to_text(value: Any) -> str:
    """What stands for a value inside a text: a string itself, a number without a needless fraction, else JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return json.dumps(value)


def coerce(value: Any, kind: str) -> Any:
    """`value` as a value of KFP's parameter type `kind`; raises `NotOfKind`.

    A text becomes a number, truth, list or object when it spells one; everything becomes a text where one is wanted.
    """
    if kind == "STRING":
        return to_text(value)
    if kind in ("NUMBER_INTEGER", "NUMBER_DOUBLE"):
        return _number(value, kind)
    if kind == "BOOLEAN":
        return _truth(value)
    return _parsed(value, PARSED[kind])


def _number(value: Any, kind: str) -> int | float:
    if isinstance(value, bool):
        raise NotOfKind
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() not in ("NaN", "Infinity", "-Infinity") else float(value)
        except ValueError:
            value = _float(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise NotOfKind
    if kind == "NUMBER_DOUBLE":
        return float(value)
    if isinstance(value, float) and not (math.isfinite(value) and value == int(value)):
        raise NotOfKind
    return int(value)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise NotOfKind from None


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in TRUTHS:
        return TRUTHS[value.strip().lower()]
    if value in (0, 1):
        return bool(value)
    raise NotOfKind


def _parsed(value: Any, kind: type) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            raise NotOfKind from None
    if not isinstance(value, kind):
        raise NotOfKind
    return without_needless_fractions(value)


def without_needless_fractions(value: Any) -> Any:
    """Numbers inside a list or object as a cluster delivers them: protobuf knows doubles alone and writes 1.0 as 1."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    if isinstance(value, list):
        return [without_needless_fractions(item) for item in value]
    if isinstance(value, dict):
        return {key: without_needless_fractions(item) for key, item in value.items()}
    return value
