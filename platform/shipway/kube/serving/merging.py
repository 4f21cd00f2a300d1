"""JSON merge patches (RFC 7386): what a patch would change, and the patch that takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RESOURCES = "resources"
"""Below it are quantities, which the API server writes in its own way: 0.5 as 500m."""


def has_effect(patch: Mapping[str, Any], target: Mapping[str, Any], *, quantities: bool = False) -> bool:
    """Whether the patch would change the target."""
    for name, value in patch.items():
        there = target.get(name)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            if has_effect(value, there, quantities=quantities or name == RESOURCES):
                return True
        elif value != there and not (quantities and _same_quantity(value, there)):
            return True
    return False


def inverse(patch: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    """The patch that brings what `patch` changes back to what it is in `target`; None for what was not there."""
    back: dict[str, Any] = {}
    for name, value in patch.items():
        there = target.get(name)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            back[name] = inverse(value, there)
        else:
            back[name] = there
    return back


def _same_quantity(one: Any, other: Any) -> bool:
    from kubernetes.utils import parse_quantity

    try:
        return bool(parse_quantity(one) == parse_quantity(other))
    except (ValueError, TypeError):
        return False
